/** Does this installation keep its promise? `gatehouse verify`, beside the running sidecar. */
import { statSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Config, loadConfig } from '../config/config.ts'
import { readEnvironment } from '../config/env.ts'
import { roleRulesOf } from '../context/role-rules.ts'
import { workerUrls } from '../context/worker-upstreams.ts'
import { GatehouseError } from '../gatehouse-error.ts'
import { parseNodeDecisions } from '../prompt/catalogue/admissions.ts'
import { isAdmitted } from '../prompt/judge-class.ts'
import { findOpenPorts } from '../proxy/find-open-ports.ts'
import { createStore } from '../store/sql/create-store.ts'
import { lockTrials } from '../store/sql/data-directory-lock.ts'
import { type OpenDatabase, openDatabase } from '../store/sql/open-database.ts'
import { createTrials } from '../store/sql/trials.ts'
import type { Surroundings } from '../verify/door.ts'
import type { Finding, Verdict } from '../verify/finding.ts'
import { type VerifyOptions, verify } from '../verify/verify.ts'
import { readWorkerName, workerNames } from './named-worker.ts'
import { commonOptions } from './output.ts'
import { expectSidecar, sidecarAddress } from './running-sidecar.ts'

const signs: Readonly<Record<Verdict, string>> = { holds: 'ok', open: 'OPEN', weak: 'weak', unknown: '?' }
const exitOpen = 1

/** Exit code 1 when something lies open. @throws bad_input, ConfigError */
export async function verifyCommand(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { ...commonOptions, url: { type: 'string' }, worker: { type: 'string' } },
  })
  const config = loadConfig(readEnvironment(), { data: values.data, config: values.config })
  const address = sidecarAddress(config, values.url)
  const chosen = chooseWorkers(config, values.worker)
  const { db, close } = await openDatabase(config.dataDir, { verify: false })
  try {
    await expectSidecar(address)
    const findings = await alone(config.dataDir, () => look(config, { db, address, ...chosen }))
    tell(findings, values.json)
    return findings.some(({ verdict }) => verdict === 'open') ? exitOpen : 0
  } finally {
    await close()
  }
}

type Chosen = Pick<VerifyOptions, 'workers' | 'leftOut'>

/** In one common world nobody is anywhere but on the default worker. */
function chooseWorkers(config: Config, named: string | undefined): Chosen {
  const all = workerNames(config)
  const isShared = config.tenancy.mode === 'shared'
  const workers = named === undefined ? (isShared ? all.slice(0, 1) : all) : [readWorkerName(config, named)]
  const rest = all.filter((name) => !workers.includes(name)).join(', ')
  const why = named === undefined ? 'tenancy.mode shared places nobody there' : `--worker names ${named}`
  return { workers, leftOut: rest === '' ? undefined : `Left out, because ${why}: ${rest}.` }
}

interface Target extends Chosen, Pick<OpenDatabase, 'db'> {
  readonly address: string
}

async function look(config: Config, { db, ...where }: Target): Promise<readonly Finding[]> {
  const role = 'user'
  const decisions = { ...parseNodeDecisions(config.nodes), role, forRole: roleRulesOf(config, role) } as const
  return verify({
    ...where,
    store: createStore({ db }),
    trials: createTrials(db),
    surroundings: await lookRound(config),
    mayRun: (name, pack) => isAdmitted(decisions, name, pack),
    now: Date.now,
  })
}

/** Two at once could not tell whose people are left over. @throws store_unavailable */
async function alone<T>(dataDir: string, task: () => Promise<T>): Promise<T> {
  const lock = lockTrials(dataDir)
  if (lock === undefined)
    throw new GatehouseError('store_unavailable', {
      message: 'Another "gatehouse verify" is looking at this installation. Let it end, then try again.',
    })
  try {
    return await task()
  } finally {
    lock.release()
  }
}

async function lookRound(config: Config): Promise<Surroundings> {
  const isOwnTls = config.server.tls_cert_file !== undefined
  return {
    comfyuis: await Promise.all(
      [...workerUrls(config).values()].map(async (url) => ({ url, openPorts: await findOpenPorts(url) })),
    ),
    isShared: config.tenancy.mode === 'shared',
    isPlainHttp: !isOwnTls && config.server.public_url?.startsWith('https:') !== true,
    listensBeyondLoopback: config.listen.some(({ host }) => !/^(?:127\.|::1$|localhost$)/.test(host)),
    dataDir: { path: config.dataDir, isReadableByOthers: isReadableByOthers(config.dataDir) },
    allowedEvents: config.events.allow,
    sharedRoutes: config.routes.filter(({ isolation }) => isolation === 'shared').map(({ route }) => route),
  }
}

function isReadableByOthers(directory: string): boolean | undefined {
  return process.platform === 'win32' ? undefined : (statSync(directory).mode & 0o077) !== 0
}

function tell(findings: readonly Finding[], asJson: boolean): void {
  if (asJson) {
    process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`)
    return
  }
  for (const { verdict, sentence } of findings) process.stdout.write(`${signs[verdict].padEnd(5)} ${sentence}\n`)
  const count = (verdict: Verdict): number => findings.filter((finding) => finding.verdict === verdict).length
  process.stdout.write(
    `\n${count('holds')} hold, ${count('open')} lie open, ${count('weak')} weaken it, ${count('unknown')} could not be tried.\n`,
  )
}
