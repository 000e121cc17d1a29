/** Which random secrets does this instance sign with? Minted once and kept, so that sessions survive a restart. */
import { randomBytes } from 'node:crypto'
import type { UserId } from '@gatehouse/shared/ids'
import type { Kysely, Transaction } from 'kysely'
import { randomId } from '../random-id.ts'
import type { InstanceSecret, RotatedSecret, SecretPurpose, SecretSummary, Secrets } from '../secrets.ts'
import type { Write } from './changes.ts'
import type { Database } from './schema.ts'

interface SecretsDependencies {
  readonly db: Kysely<Database>
  readonly write: Write
  readonly now: () => number
}

/** The feed of changes tells of people and their credentials; a secret is everybody's. */
const everybody = parseUserId('')

export function createSecrets({ db, write, now }: SecretsDependencies): Secrets {
  return {
    // Reading and minting share one transaction, so that two starting processes agree.
    load: (purpose) =>
      write(async (trx) => {
        const newest = await newestSecret(trx, purpose, now())
        const older = (await select(trx, purpose)).filter(({ id }) => id !== newest.id)
        return [newest, ...older.filter(({ expiresAtMs }) => expiresAtMs === null || expiresAtMs > now())]
      }),
    rotate: (purpose, overlapMs) =>
      write(async (trx, record) => {
        const before = await newestSecret(trx, purpose, now())
        if (purpose !== 'audit') await endOlder(trx, purpose, { overlapMs, nowMs: now() })
        // Two in one millisecond keep their order.
        const { value: _, ...minted } = await mint(trx, purpose, Math.max(now(), before.createdAtMs + 1))
        await record('secret', everybody, purpose)
        return { ...minted, purpose }
      }),
    list: async () => (await db.selectFrom('instance_secrets').selectAll().execute()).map(summarise).sort(byPurpose),
  }
}

/** The one that signs; minted where there is none. */
export async function newestSecret(
  trx: Transaction<Database>,
  purpose: SecretPurpose,
  nowMs: number,
): Promise<InstanceSecret> {
  const [newest] = await select(trx, purpose)
  return newest ?? mint(trx, purpose, nowMs)
}

async function mint(trx: Transaction<Database>, purpose: SecretPurpose, createdAtMs: number): Promise<InstanceSecret> {
  const minted = { id: randomId(8), value: randomBytes(32).toString('base64url'), createdAtMs, expiresAtMs: null }
  await trx
    .insertInto('instance_secrets')
    .values({ id: minted.id, purpose, value: minted.value, created_at_ms: createdAtMs, expires_at_ms: null })
    .execute()
  return minted
}

async function endOlder(
  trx: Transaction<Database>,
  purpose: RotatedSecret,
  { overlapMs, nowMs }: { readonly overlapMs: number; readonly nowMs: number },
): Promise<void> {
  const expiresAtMs = nowMs + overlapMs
  await trx
    .updateTable('instance_secrets')
    .set({ expires_at_ms: expiresAtMs })
    .where('purpose', '=', purpose)
    .where((of) => of.or([of('expires_at_ms', 'is', null), of('expires_at_ms', '>', expiresAtMs)]))
    .execute()
  await trx.deleteFrom('instance_secrets').where('purpose', '=', purpose).where('expires_at_ms', '<=', nowMs).execute()
}

async function select(db: Kysely<Database>, purpose: SecretPurpose): Promise<readonly InstanceSecret[]> {
  const rows = await db
    .selectFrom('instance_secrets')
    .selectAll()
    .where('purpose', '=', purpose)
    .orderBy('created_at_ms', 'desc')
    .orderBy('id')
    .execute()
  return rows.map(parseSecretRow)
}

interface SecretRow {
  readonly id: string
  readonly purpose: SecretPurpose
  readonly value: string
  readonly created_at_ms: number
  readonly expires_at_ms: number | null
}

function parseSecretRow({ id, value, created_at_ms, expires_at_ms }: SecretRow): InstanceSecret {
  const expiresAtMs = expires_at_ms === null ? null : Number(expires_at_ms)
  return { id, value, createdAtMs: Number(created_at_ms), expiresAtMs }
}

function summarise(row: SecretRow): SecretSummary {
  const { value: _, ...told } = parseSecretRow(row)
  return { ...told, purpose: row.purpose }
}

function byPurpose(one: SecretSummary, other: SecretSummary): number {
  return one.purpose.localeCompare(other.purpose) || other.createdAtMs - one.createdAtMs
}

function parseUserId(text: string): UserId {
  return text as UserId
}
