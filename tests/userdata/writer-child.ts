/** A process that saves versions of one file and one setting, saying each number once it was acknowledged, until it is killed. */
import { Readable } from 'node:stream'
import { createSettings } from '@gatehouse/sidecar/src/userdata/settings.ts'
import { createUserdata } from '@gatehouse/sidecar/src/userdata/userdata.ts'
import { canonical, parsePrincipal, versionText } from './people.ts'

const [dataDir = '', first = '0', sizeBytes = '1000'] = process.argv.slice(2)
const limits = { fileBytes: 10_000_000, settingsBytes: 1_000_000 }
const principal = parsePrincipal('alice', 'a'.repeat(20))
const shared = { dataDir, principal, limits, clock: () => Date.now() }
const userdata = createUserdata(shared)
const settings = createSettings({ ...shared, frontendVersion: async () => undefined })

for (let version = Number(first); ; version += 1) {
  const bytes = Buffer.from(versionText(version, Number(sizeBytes)))
  const body = { stream: () => Readable.from([bytes]), bytes: async () => bytes, json: async () => version }
  const saved = await userdata
    .answer(canonical('POST', '/userdata/workflows%2Fa.json'), body)
    .catch((error) => error.code)
  const set = await settings.answer(canonical('POST', '/settings/version'), body).catch((error) => error.code)
  process.stdout.write(`${version} ${saved.status ?? saved} ${set.status ?? set}\n`)
}
