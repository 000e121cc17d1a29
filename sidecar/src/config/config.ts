/** What was configured? File, environment and flags merged, defaulted and frozen; every mistake reported at once. */
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parse } from 'yaml'
import type { z } from 'zod'
import { arrivalProblems } from './arrival-problems.ts'
import type { Environment } from './env.ts'
import { localhostProblems } from './localhost-problems.ts'
import { withOwnPaths } from './own-paths.ts'
import { roleProblems } from './role-problems.ts'
import { type ConfigFile, configSchema } from './schema.ts'
import { placementProblems } from './workers-schema.ts'

export interface Flags {
  readonly config?: string | undefined
  readonly comfyui?: string | undefined
  readonly listen?: string | undefined
  readonly data?: string | undefined
}

export interface Config extends ConfigFile {
  readonly dataDir: string
  readonly comfyuiUrl: URL
  /** False when nobody named a ComfyUI: only then may a practice one stand in. */
  readonly comfyuiConfigured: boolean
  readonly listen: readonly ListenAddress[]
}

export interface ListenAddress {
  readonly host: string
  readonly port: number
}

/** Every problem in one error, each with its setting and its cure. */
export class ConfigError extends Error {
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'ConfigError'
    this.problems = problems
  }
}

const defaultComfyuiUrl = 'http://127.0.0.1:8188'

/** Flags beat the environment, which beats the file. @throws ConfigError */
export function loadConfig(environment: Environment, flags: Flags = {}): Config {
  const path = flags.config ?? environment.configFile
  const merged = overlay(path === undefined ? {} : readConfigFile(path), environment, flags)
  const result = configSchema.safeParse(merged)
  if (!result.success) throw new ConfigError([...result.error.issues.map(describeIssue), ...roleProblems(merged)])
  const file = result.data
  const config = {
    ...file,
    dataDir: file.data.dir ?? defaultDataDir(environment),
    comfyuiUrl: new URL(file.comfyui.url ?? defaultComfyuiUrl),
    comfyuiConfigured: file.comfyui.url !== undefined,
    listen: file.server.listen.map(parseListen),
  }
  const problems = [
    ...placementProblems(config),
    ...roleProblems(file),
    ...localhostProblems(config),
    ...arrivalProblems(file),
  ]
  if (problems.length > 0) throw new ConfigError(problems)
  return Object.freeze(config)
}

/** `HOST:PORT` or `[IPv6]:PORT`. @throws ConfigError */
export function parseListen(text: string): ListenAddress {
  const colon = text.lastIndexOf(':')
  const port = Number(text.slice(colon + 1))
  if (colon < 1 || !Number.isInteger(port) || port > 65_535)
    throw new ConfigError([`server.listen: ${text} is not HOST:PORT`])
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port }
}

/** `~/.local/share/gatehouse`, `%LOCALAPPDATA%\gatehouse` or `~/Library/Application Support/gatehouse`. */
export function defaultDataDir(environment: Environment, platform: NodeJS.Platform = process.platform): string {
  const home = environment.home ?? '.'
  if (platform === 'win32') return join(environment.localAppData ?? join(home, 'AppData', 'Local'), 'gatehouse')
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'gatehouse')
  return join(environment.xdgDataHome ?? join(home, '.local', 'share'), 'gatehouse')
}

type Draft = Record<string, unknown>

function readConfigFile(path: string): Draft {
  const text = readText(path)
  try {
    const value = withOwnPaths(parse(text) ?? {}, dirname(resolve(path)))
    if (!isDraft(value)) throw new ConfigError([`${path}: the file must hold settings, not a list or a text`])
    return value
  } catch (error) {
    if (error instanceof ConfigError) throw error
    throw new ConfigError([`${path}: not valid YAML: ${error instanceof Error ? error.message : String(error)}`])
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new ConfigError([`${path}: the configuration file cannot be read; check the path and its permissions`])
  }
}

function overlay(file: Draft, environment: Environment, flags: Flags): Draft {
  const listen = flags.listen ?? environment.listen
  return withSections(file, {
    server: { listen: listen?.split(',').map((part) => part.trim()), public_url: environment.publicUrl },
    comfyui: { url: flags.comfyui ?? environment.comfyuiUrl },
    data: { dir: flags.data ?? environment.dataDir },
    nodes: { admit: environment.nodeAdmit?.split(',').map((part) => part.trim()) },
    tenancy: { mode: environment.tenancyMode },
    log: { level: environment.logLevel },
  })
}

function withSections(file: Draft, sections: Readonly<Record<string, Draft>>): Draft {
  const merged: Draft = { ...file }
  for (const [name, values] of Object.entries(sections)) {
    const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
    if (Object.keys(given).length === 0) continue
    const existing = merged[name] ?? {}
    if (isDraft(existing)) merged[name] = { ...existing, ...given }
  }
  return merged
}

function isDraft(value: unknown): value is Draft {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const at = issue.path.join('.')
  if (issue.code === 'unrecognized_keys') {
    const where = at === '' ? '' : `${at}.`
    return issue.keys.map((key) => `${where}${key}: no such setting; see docs/CONFIGURATION.md for the list`).join('\n')
  }
  return `${at}: ${issue.message}`
}
