/** Is the practice ComfyUI what ComfyUI is? One suite, run against it and against a real one where there is one. */
import { afterAll, beforeAll, beforeEach, describe, type RunnerTestCase } from 'vitest'
import { expectationOf } from './differences.ts'
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

describe.each(candidates())('$name', ({ start, version }) => {
  let running: Target | undefined
  const target = () => {
    if (running === undefined) throw new Error('the server did not start')
    return running
  }
  beforeAll(async () => {
    running = await start()
  }, startTimeoutMs)
  afterAll(async () => await running?.close())
  // A known difference has to be one: the sentence must fail where it is said to.
  beforeEach(({ task, skip }) => {
    const expectation = expectationOf(version, sentenceOf(task))
    if (expectation.verdict === 'unmeasured')
      skip(`nobody measured whether ${version} still does: ${expectation.instead}`)
    if (expectation.verdict === 'differs') Object.assign(task, { fails: true })
  })

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

/** `section > name`, without the file and the candidate. */
function sentenceOf(task: Readonly<RunnerTestCase>): string {
  return `${task.suite?.name} > ${task.name}`
}
