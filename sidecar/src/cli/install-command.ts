/** `gatehouse install COMFYUI_DIR [--link]`: how does the pack get into a ComfyUI? */
import { access } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { installPack } from './install.ts'
import { badInput, commonOptions } from './output.ts'

export async function installCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { ...commonOptions, link: { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  const [comfyuiDirectory, ...rest] = positionals
  if (comfyuiDirectory === undefined || rest.length > 0) {
    throw badInput('Name the folder of one ComfyUI: gatehouse install COMFYUI_DIR.')
  }
  const lines: string[] = []
  await installPack({
    comfyuiDirectory,
    link: values.link,
    packSource: await findPack(dirname(fileURLToPath(import.meta.url))),
    log: (line) => {
      lines.push(line)
      if (!values.json) process.stdout.write(`${line}\n`)
    },
  })
  if (values.json) process.stdout.write(`${JSON.stringify({ installed: true, messages: lines }, null, 2)}\n`)
  return 0
}

/** Beside `dist/sidecar`, in `dist/` of a checkout, or the folder we run from when we are the pack. @throws bad_input */
async function findPack(from: string): Promise<string> {
  for (const candidate of [
    join(from, '..', 'comfyui-gatehouse'),
    join(from, '..', '..', '..', 'dist', 'comfyui-gatehouse'),
    from,
  ]) {
    const found = await access(join(candidate, 'prestartup_script.py')).then(
      () => true,
      () => false,
    )
    if (found) return candidate
  }
  throw badInput('The companion pack is not built. Run the build first: pnpm build.')
}
