/** Which environment variables does the sidecar read? All of them, and nowhere else. */

export interface Environment {
  readonly comfyuiUrl: string | undefined
  readonly configFile: string | undefined
  readonly dataDir: string | undefined
  readonly listen: string | undefined
  readonly publicUrl: string | undefined
  readonly logLevel: string | undefined
  readonly nodeAdmit: string | undefined
  readonly tenancyMode: string | undefined
  readonly guardSecret: string | undefined
  readonly dangerouslyUnguarded: boolean
  readonly home: string | undefined
  readonly xdgDataHome: string | undefined
  readonly localAppData: string | undefined
  /** Who became root, where sudo says so. */
  readonly sudoUser: string | undefined
  /** For settings that name a variable with a secret, such as `auth.static_keys[].env`. */
  named(name: string): string | undefined
  /** For a supervised child process. */
  inherited(): Readonly<Record<string, string | undefined>>
}

/** Reads the process environment once. */
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  return {
    comfyuiUrl: nonEmpty(variables.COMFYUI_URL),
    configFile: nonEmpty(variables.GATEHOUSE_CONFIG),
    dataDir: nonEmpty(variables.GATEHOUSE_DATA_DIR),
    listen: nonEmpty(variables.GATEHOUSE_SERVER_LISTEN),
    publicUrl: nonEmpty(variables.GATEHOUSE_SERVER_PUBLIC_URL),
    logLevel: nonEmpty(variables.GATEHOUSE_LOG_LEVEL),
    nodeAdmit: nonEmpty(variables.GATEHOUSE_NODES_ADMIT),
    tenancyMode: nonEmpty(variables.GATEHOUSE_TENANCY_MODE),
    guardSecret: nonEmpty(variables.GATEHOUSE_GUARD_SECRET),
    dangerouslyUnguarded: variables.GATEHOUSE_DANGEROUSLY_UNGUARDED === '1',
    home: nonEmpty(variables.HOME) ?? nonEmpty(variables.USERPROFILE),
    xdgDataHome: nonEmpty(variables.XDG_DATA_HOME),
    localAppData: nonEmpty(variables.LOCALAPPDATA),
    sudoUser: nonEmpty(variables.SUDO_USER),
    named: (name) => nonEmpty(variables[name]),
    inherited: () => ({ ...variables }),
  }
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value
}
