/** Is the practice ComfyUI what ComfyUI is? One suite, run against it and against a real one where there is one. */
import { afterAll, beforeAll, describe } from 'vitest'
import { filesContract } from './files.contract.ts'
import { objectInfoContract } from './object-info.contract.ts'
import { parserContract } from './parser.contract.ts'
import { promptLifeContract } from './prompt-life.contract.ts'
import { promptRefusalsContract } from './prompt-refusals.contract.ts'
import { queueContract } from './queue.contract.ts'
import { routesContract } from './routes.contract.ts'
import { candidates, type Target } from './target.ts'
import { userdataContract } from './userdata.contract.ts'
import { websocketContract } from './websocket.contract.ts'

const startTimeoutMs = 200_000

describe.each(candidates())('$name', ({ start }) => {
  let running: Target | undefined
  const target = () => {
    if (running === undefined) throw new Error('the server did not start')
    return running
  }
  beforeAll(async () => {
    running = await start()
  }, startTimeoutMs)
  afterAll(async () => await running?.close())

  routesContract(target)
  websocketContract(target)
  promptRefusalsContract(target)
  promptLifeContract(target)
  queueContract(target)
  filesContract(target)
  userdataContract(target)
  parserContract(target)
  objectInfoContract(target)
})
