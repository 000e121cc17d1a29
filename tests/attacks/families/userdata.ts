/** Are saved workflows and settings read or changed by anybody else? Deeper: tests/isolation/userdata.test.ts, tests/userdata/. */
import { expect } from 'vitest'
import { attack, type Family } from '../attack.ts'
import { cannotTell, refused } from '../verdict.ts'

const listings = ['/userdata?dir=workflows', '/userdata?dir=workflows&recurse=true&full_info=true', '/userdata?dir=.']

const spellings = (key: string): readonly string[] => [
  'workflows%2Fjewel.json',
  `..%2F${key}%2Fworkflows%2Fjewel.json`,
  `..%2F..%2F${key}%2Fuserdata%2Fworkflows%2Fjewel.json`,
  `%252e%252e%252f${key}%252fworkflows%252fjewel.json`,
  `..%255c${key}%255cworkflows%255cjewel.json`,
  `${key}%2Fworkflows%2Fjewel.json`,
  '%2Fetc%2Fpasswd',
  'x%00y',
]

const savedFiles = attack('A39', 'saved files of another: listed, read, written, deleted, moved, in every spelling', {
  attempt: async ({ attacker, victim, forwarded }) => {
    for (const path of [...listings, '/v2/userdata', '/v2/userdata?path=workflows']) await attacker.ask('GET', path)
    for (const spelling of spellings(victim.folderKey)) {
      refused(await attacker.ask('GET', `/userdata/${spelling}`), spelling)
      refused(await attacker.ask('DELETE', `/userdata/${spelling}`), spelling)
      refused(await attacker.ask('POST', `/userdata/${spelling}/move/stolen.json`), spelling)
      // What begins with a folder of any name is an own place, and would show that name in the own lists.
      if (spelling.startsWith(victim.folderKey)) continue
      // A plain name is an own one; it changes nothing of hers.
      await attacker.ask('POST', `/userdata/${spelling}?overwrite=true`, { body: '{"forged":1}' })
      await attacker.ask('DELETE', `/userdata/${spelling}`)
    }
    await cannotTell((name) => attacker.ask('GET', `/userdata/workflows%2F${name}`), 'jewel.json', 'none.json')
    expect(forwarded()).toEqual([])
  },
  control: async ({ victim }) => {
    const read = await victim.ask('GET', '/userdata/workflows%2Fjewel.json')
    expect(read.body).toBe('{"nodes":["sceptre"]}')
    const list = await victim.ask('GET', '/userdata?dir=workflows')
    expect(list.body).toContain('jewel.json')
    return [read, list]
  },
})

const settings = attack('A39', 'settings of another', {
  by: ['anonymous', 'guest', 'other tenant', 'admin', 'same tenant'],
  attempt: async ({ attacker }) => {
    for (const path of ['/settings', '/settings/Comfy.Jewel']) {
      const { body } = await attacker.ask('GET', path)
      expect(body).not.toContain('sceptre')
    }
    await attacker.post('/settings/Comfy.Jewel', 'forged')
    await attacker.post('/settings', { 'Comfy.Jewel': 'forged' })
  },
  control: async ({ victim }) => {
    const own = await victim.ask('GET', '/settings/Comfy.Jewel')
    expect(own.body).toBe('"sceptre"')
    return own
  },
})

export const userdata: Family = { name: 'saved files', attacks: [savedFiles, settings] }
