/** What does the first tenant look at when the story is over? Everything it has. */
import type { Deed, Scene } from '../scene.ts'

const places = [
  '/queue',
  '/api/jobs',
  '/internal/files/input',
  '/internal/files/output',
  '/object_info/LoadImage',
  '/v2/userdata',
  '/settings',
  '/health',
] as const

/** Every file and preview that the history names. */
async function viewResults(scene: Scene): Promise<void> {
  const history = await scene.ask({ method: 'GET', path: '/history' })
  const found = history.body
    .toString('utf8')
    .matchAll(/"filename":"([^"]+)","subfolder":"([^"]*)","type":"(output|temp)"/g)
  for (const [, filename = '', subfolder = '', type = ''] of found) {
    const query = `filename=${encodeURIComponent(filename)}&subfolder=${encodeURIComponent(subfolder)}&type=${type}`
    await scene.ask({ method: 'GET', path: `/view?${query}` })
  }
}

export const farewell: readonly Deed[] = [
  {
    says: 'at last waits for all jobs',
    does: async (scene) => {
      await scene.ask({ method: 'GET', path: '/queue' })
      await scene.letRun('all')
    },
  },
  {
    says: 'at last looks at everything',
    does: async (scene) => {
      await viewResults(scene)
      for (const path of places) await scene.ask({ method: 'GET', path })
    },
  },
]
