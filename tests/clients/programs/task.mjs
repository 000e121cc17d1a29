/** What is a program here asked to do? An address, a name and a key from the environment; the answer goes to stdout. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const environment = process.env
export const address = environment.GATEHOUSE_ADDRESS
export const key = environment.GATEHOUSE_KEY
export const way = environment.GATEHOUSE_WAY
export const graph = JSON.parse(readFileSync(environment.GRAPH_FILE, 'utf8'))
export const isRun = process.argv[2] === 'run'
export const [, , , promptId, filename] = process.argv

/** Loads a package from the folder that the installer filled. */
export const load = createRequire(join(environment.CLIENT_FOLDER, 'package.json'))

export function tellRun(id, images) {
  tell({ promptId: id, images: images.map(encode) })
}

export function tellLook(history, image) {
  tell({ history, image: encode(image) })
}

function encode(image) {
  return image === undefined ? null : Buffer.from(image).toString('base64')
}

function tell(answer) {
  // Some clients keep a socket or a timer: what was asked is done.
  process.stdout.write(`\nANSWER ${JSON.stringify(answer)}\n`, () => process.exit(0))
}
