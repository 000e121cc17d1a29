/** Which tests of a pytest run passed, failed or were skipped? Read from its JUnit report. */

export interface Result {
  /** `module.Class::test[case]` */
  readonly name: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
  /** The first line of what went wrong. */
  readonly says: string
}

export function readJunit(xml: string): readonly Result[] {
  return [...xml.matchAll(/<testcase ([^>]*?)(?:\/>|>(.*?)<\/testcase>)/gs)].map(
    ([, attributes = '', inside = '']) => ({
      name: `${attribute(attributes, 'classname')}::${attribute(attributes, 'name')}`,
      outcome: /<(?:failure|error)\b/.test(inside) ? 'failed' : /<skipped\b/.test(inside) ? 'skipped' : 'passed',
      says: attribute(inside, 'message').split('\n')[0] ?? '',
    }),
  )
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&', '#10': '\n' }

function attribute(text: string, name: string): string {
  const value = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(text)?.[1] ?? ''
  return value.replaceAll(/&([^;]+);/g, (whole, entity: string) => entities[entity] ?? whole)
}
