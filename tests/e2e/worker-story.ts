/** What does a page tell of a worker that stops, of a process that is gone, and of their return? Told in every frontend. */
import { expect } from 'vitest'
import { savedPicture } from '../support/graphs.ts'
import { until } from '../support/person.ts'
import type { Stage, Tab } from './stage.ts'

const sentences = {
  lost: "ComfyUI's worker has stopped. Your jobs are kept, and go on once ComfyUI has been restarted.",
  down: 'ComfyUI does not run at the moment. Your jobs are kept, and go on as soon as it is back.',
  up: 'Your jobs go on.',
} as const

/** The tab is alice's; each notice takes the place of the one before, and the last goes by itself. */
export async function tellsOfTheWorker({ world }: Pick<Stage, 'world'>, tab: Tab, picture: string): Promise<void> {
  const { practice, alice } = world
  const notice = (state: keyof typeof sentences) => tab.page.getByText(sentences[state], { exact: true })
  const replaces = async (state: keyof typeof sentences, before?: keyof typeof sentences) => {
    await notice(state).waitFor()
    if (before !== undefined) await notice(before).waitFor({ state: 'detached' })
    await tab.keepsPicture(`${picture}-${state}`)
  }
  practice.hold()
  const jobs = [await alice.queues(savedPicture('runs', 21)), await alice.queues(savedPicture('waits', 22))]
  await until(async () => ((await alice.json('/queue')).queue_running as unknown[])[0])
  practice.killWorker()
  await replaces('lost')
  await practice.stop()
  await replaces('down', 'lost')
  await practice.resume()
  await replaces('up', 'down')
  for (const job of jobs) expect(await job.finishes()).toMatchObject({ status: { status_str: 'success' } })
  await notice('up').waitFor({ state: 'detached' })
}
