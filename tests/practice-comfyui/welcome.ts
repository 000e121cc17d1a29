/** What does a newcomer see first? The stock default graph needs models that a stand-in has not; this one runs at once. */

export const welcomePath = '/extensions/practice/welcome.js'

const graph = {
  last_node_id: 3,
  last_link_id: 2,
  nodes: [
    node(
      1,
      'EmptyImage',
      [120, 160],
      { inputs: [], outputs: [{ name: 'IMAGE', type: 'IMAGE', links: [1, 2] }] },
      [256, 256, 1, 3368703],
    ),
    node(2, 'SaveImage', [480, 120], { inputs: [{ name: 'images', type: 'IMAGE', link: 1 }], outputs: [] }, ['hello']),
    node(3, 'PreviewImage', [480, 460], { inputs: [{ name: 'images', type: 'IMAGE', link: 2 }], outputs: [] }, []),
  ],
  links: [
    [1, 1, 0, 2, 0, 'IMAGE'],
    [2, 1, 0, 3, 0, 'IMAGE'],
  ],
  groups: [],
  config: {},
  extra: {},
  version: 0.4,
}

interface Slots {
  readonly inputs: readonly object[]
  readonly outputs: readonly object[]
}

function node(id: number, type: string, pos: readonly number[], slots: Slots, widgets: readonly unknown[]) {
  const properties = { 'Node name for S&R': type }
  return {
    id,
    type,
    pos,
    size: [270, 130],
    flags: {},
    order: id - 1,
    mode: 0,
    ...slots,
    properties,
    widgets_values: widgets,
  }
}

/** An extension for the stock UI: takes the default graph's place the first time it would open red. */
export const welcomeScript = `
const { app } = window.comfyAPI.app
let isFirst = true
app.registerExtension({
  name: 'Practice.Welcome',
  beforeConfigureGraph(data, missing) {
    if (!isFirst || !data.nodes?.some(({ type }) => type === 'KSampler')) return
    isFirst = false
    for (const name of Object.keys(data)) delete data[name]
    Object.assign(data, ${JSON.stringify(graph)})
    missing?.splice(0)
  },
})
`
