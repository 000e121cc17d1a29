/** What does docs/nodes.md say? The catalogue of core classes, by what they do beyond their graph. */
import { coreClasses } from '../../sidecar/src/prompt/catalogue/core-classes.ts'
import { effects, type FieldRule, type NodeRule } from '../../sidecar/src/prompt/catalogue/vocabulary.ts'

const policies: Readonly<Record<NodeRule['policy'], string>> = {
  open: 'every role that may queue prompts',
  network: 'roles with `nodes:partner`',
  unbounded: 'whoever the operator admits it for, by any entry of `nodes.admit` that fits',
  denied: 'whoever the operator admits it for, by its full name in `nodes.admit`',
}

export function nodesDocument(): string {
  const all = [...coreClasses].sort(([a], [b]) => (a < b ? -1 : 1))
  const doing = all.filter(([, rule]) => rule.effects.length > 0)
  const pure = all.filter(([, rule]) => rule.effects.length === 0)
  return [
    '# Node classes',
    '',
    'Written by `pnpm generate` from `sidecar/src/prompt/catalogue/`. Every class of core ComfyUI from 0.3.64 to 0.33.0, held by a test',
    'against the recorded classes of four versions and against a real ComfyUI. What a pack adds is refused until it is admitted; see',
    '[operating.md](operating.md). `gatehouse nodes` tells the same of the ComfyUI that is connected.',
    '',
    '| effect | classes |',
    '|---|---|',
    ...effects.map((effect) => `| ${effect} | ${doing.filter(([, rule]) => rule.effects.includes(effect)).length} |`),
    `| nothing beyond the graph | ${pure.length} |`,
    '',
    '## Who may run them',
    '',
    ...Object.entries(policies).map(([policy, who]) => `- *${policy}*: ${who}.`),
    '',
    'Nobody else is offered them: they are not in `/object_info`, and so not in the node search of the page.',
    '',
    '## Classes with an effect',
    '',
    'A field that *reads* names an own file below the folder given; *annotated* ones follow ` [output]` and the like. A field that *writes*',
    'is a prefix below the own output folder, with the default given. A link into a field is refused, unless *constant text* is said.',
    '',
    '| class | effects | policy | fields |',
    '|---|---|---|---|',
    ...doing.map(
      ([name, rule]) => `| \`${name}\` | ${rule.effects.join(', ')} | ${rule.policy} | ${printFields(rule)} |`,
    ),
    '',
    '## Classes that only compute on their inputs',
    '',
    `${pure.map(([name, rule]) => `\`${name}\`${printLanguages(rule)}`).join(', ')}.`,
    '',
  ].join('\n')
}

function printFields({ fields }: NodeRule): string {
  return Object.entries(fields)
    .map(([name, field]) => `\`${name}\`: ${printField(field)}`)
    .join('; ')
}

function printLanguages(rule: NodeRule): string {
  const printed = printFields(rule)
  return printed === '' ? '' : ` (${printed})`
}

const linkWords = { refuse: [], fold: ['constant text by link'], text: ['text by link'] } as const

function printField(field: FieldRule): string {
  switch (field.kind) {
    case 'read':
      return [
        `reads ${field.target} of ${field.root}`,
        ...(field.annotated ? ['annotated'] : []),
        ...(field.shape === 'single' ? [] : [field.shape]),
        ...(field.members ?? []).map((name) => `\`${name}\``),
        ...linkWords[field.links],
      ].join(', ')
    case 'write':
      return `writes \`${field.fallback}\`, constant text by link`
    case 'model':
      return 'model, constant text by link'
    case 'python-format':
      return 'a format without attributes'
    case 'math-expression':
      return 'an expression without attributes'
    case 'lyrics':
      return 'lyrics without long numbers, constant text by link'
    case 'text':
      return 'plain text'
    default:
      return field satisfies never
  }
}
