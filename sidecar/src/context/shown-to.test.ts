import type { JsonObject } from '@gatehouse/shared/json'
import { expect, it } from 'vitest'
import { loadConfig } from '../config/config.ts'
import { readEnvironment } from '../config/env.ts'
import { createLiveConfig } from '../config/live-config.ts'
import { createShownTo } from './shown-to.ts'

const info: JsonObject = { python_module: 'custom_nodes.some-pack', input: {} }
const all = { version: '1', classes: new Map([['PackNode', info]]) }

it('shows what the configuration admits at the moment, and says so in the key that answers are kept under', () => {
  const config = loadConfig(readEnvironment({}))
  const live = createLiveConfig(config)
  const shownTo = createShownTo(live)
  const before = shownTo('user')
  expect(before.show('PackNode', info, all)).toBeUndefined()
  live.replace({ ...config, nodes: { ...config.nodes, admit: ['PackNode'] } })
  expect(shownTo('user').show('PackNode', info, all)).toBe(info)
  expect(shownTo('user').key).not.toBe(before.key)
  live.replace({ ...config, models: { allow_pickles: ['*'] } })
  expect(new Set([before.key, shownTo('user').key, shownTo('guest').key]).size).toBe(3)
  live.replace({ ...config })
  expect(shownTo('user').key).toBe(before.key)
})
