/** Where do attacks happen? The world and its cast with a guest and an administrator beside them, and the treasure. */
import type { RoleName } from '@gatehouse/shared/roles'
import { mintApiKey } from '../../sidecar/src/identity/api-key.ts'
import { createPasswords } from '../../sidecar/src/identity/password.ts'
import type { Member } from '../../sidecar/src/store/store.ts'
import { savedPicture } from '../support/graphs.ts'
import { until } from '../support/person.ts'
import { createWorld, type World, type WorldOptions } from '../support/world.ts'
import { createActor } from './actor.ts'
import type { Prefix, Scene, Treasure, Who } from './attack.ts'

export interface Stage extends AsyncDisposable {
  readonly world: World
  scene(who: Who, prefix: Prefix): Scene
}

interface Identity {
  readonly name: string
  readonly key: string
  readonly folderKey: string
}

/** With `isGuestAnonymous`, strangers are taken for the guest, who sends no credential. */
export async function createStage(options: WorldOptions = {}, isGuestAnonymous = false): Promise<Stage> {
  const world = await createWorld(isGuestAnonymous ? withGuests(options) : options)
  const { alice, ann, bob, olga, mallory } = world
  const cast: Readonly<Record<Who, Identity>> = {
    anonymous: mallory,
    guest: { ...(await enrolAs(world, 'gina', 'guest')), ...(isGuestAnonymous ? { key: '' } : {}) },
    'other tenant': bob,
    admin: await enrolAs(world, 'adam', 'admin'),
    'same tenant': ann,
    owner: olga,
  }
  const treasure = await hide(world)
  const names = ['sceptre', 'jewel', alice.folderKey, treasure.jobId, treasure.previewName]
  const as = (who: Who | 'victim', prefix: Prefix) =>
    createActor({
      who,
      prefix,
      address: world.address,
      ...identityOf(who === 'victim' ? alice : cast[who]),
      // In a world where everybody is the victim, and for those of her tenant, her names are the own ones.
      secrets: who === 'same tenant' ? [alice.folderKey] : names,
    })
  return {
    world,
    scene: (who, prefix) => {
      const heard = world.practice.requests.length
      return {
        world,
        prefix,
        treasure,
        attacker: as(who, prefix),
        victim: as('victim', prefix),
        owner: as('owner', prefix),
        forwarded: () => forwarded(world, heard),
      }
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  }
}

function withGuests(options: WorldOptions): WorldOptions {
  return {
    ...options,
    config: (config, comfyui) => {
      const own = options.config?.(config, comfyui) ?? config
      return { ...own, auth: { ...own.auth, guest: { user: 'gina' } } }
    },
  }
}

const identityOf = ({ name, key, folderKey }: Identity): Identity => ({ name, key, folderKey })

/** Somebody new with a key, in a tenant of their own. */
export async function enrolAs(
  world: World,
  name: string,
  role: RoleName,
  password?: string,
): Promise<Identity & { readonly member: Member }> {
  const passwordHash = password === undefined ? null : await createPasswords().hash(password)
  const member = await world.store.users.add({ name, role, passwordHash, tenantName: `tenant-of-${name}` })
  const { id, key, secretHash } = mintApiKey()
  await world.store.apiKeys.add({ id, userId: member.id, label: 'attack', secretHash, expiresAtMs: null })
  return { name, key, folderKey: member.tenant.folderKey, member }
}

async function hide({ alice }: World): Promise<Treasure> {
  await alice.uploads('jewel.png', Buffer.from('sceptre of the victim'))
  await alice.fetch('/userdata/workflows%2Fjewel.json', { method: 'POST', body: '{"nodes":["sceptre"]}' })
  await alice.post('/settings/Comfy.Jewel', 'sceptre')
  const job = await alice.queues(savedPicture('jewel-output'))
  // The list, not the entry: it is there in worlds without walls, too, in which attacks have to succeed.
  const preview = await until(async () => {
    const history = await (await alice.fetch('/history')).text()
    return /"filename":\s*"([^"]+)"[^}]*"type":\s*"temp"/.exec(history)?.[1]
  })
  return { jobId: job.id, previewName: preview }
}

/** Also what it compares from time to time, to see whether models or packs changed (comfyui/fingerprint.ts). */
const isOwnTraffic = (url: string) =>
  /^\/(?:(?:object_info|system_stats|ws|history|queue|api\/jobs)(?:[/?]|$)|models(?:\/|$)|(?:embeddings|extensions)$)/.test(
    url,
  )

function forwarded({ practice }: World, from: number): readonly string[] {
  return practice.requests
    .slice(from)
    .filter(({ method, url }) => method !== 'GET' || !isOwnTraffic(url))
    .map(({ method, url, body }) => `${method} ${url} ${body.toString('latin1')}`)
}
