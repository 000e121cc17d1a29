/** Who is there, and what came of the last thing done? The lists of the page, read again after each change. */
import { claimBrowser } from '@gatehouse/shared/browser-storage'
import type { RoleSummary, UserSummary } from '@gatehouse/shared/people-contract'
import { useCallback, useEffect, useState } from 'preact/hooks'
import { windowStores } from '../browser-stores.ts'
import type { Method, OwnApi } from '../own-api-client.ts'
import { parseRoles, parseUsers } from './parse-people.ts'

export interface Wish {
  readonly method: Method
  /** Below the base of the own API. */
  readonly route: string
  readonly body?: object
  /** What is said when it is done. */
  readonly done: string
}

export type Act = (wish: Wish) => Promise<void>

export interface Deeds {
  readonly act: Act
  /** Goes to ComfyUI as them. */
  readonly takePlaceOf: (name: string) => Promise<void>
}

export interface ToldText {
  readonly text: string
  readonly isProblem: boolean
}

const nothing: ToldText = { text: '', isProblem: false }

export function usePeople(api: OwnApi, goToLogin: () => void) {
  const [users, setUsers] = useState<readonly UserSummary[]>()
  const [roles, setRoles] = useState<readonly RoleSummary[]>([])
  const [told, setTold] = useState<ToldText>(nothing)
  const ask = useCallback(
    async (method: Method, route: string, body?: object) => {
      const outcome = await api.call(method, route, body)
      if (outcome.ok) return { value: outcome.value }
      if (outcome.status === 401) goToLogin()
      setTold({ text: outcome.message, isProblem: true })
      return undefined
    },
    [api, goToLogin],
  )
  const load = useCallback(async () => {
    const [known, there] = [await ask('GET', '/roles'), await ask('GET', '/users')]
    if (known !== undefined) setRoles(parseRoles(known.value))
    if (there !== undefined) setUsers(parseUsers(there.value))
  }, [ask])
  useEffect(() => void load(), [load])
  const act: Act = async ({ method, route, body, done }) => {
    setTold(nothing)
    const outcome = await ask(method, route, body)
    if (outcome !== undefined) setTold({ text: done, isProblem: false })
    await load()
  }
  const takePlaceOf = async (name: string) => {
    setTold(nothing)
    const answer = await ask('POST', `${routeOf(name)}/impersonate`, {})
    const them = answer === undefined ? undefined : api.acceptMe(answer.value)
    if (them === undefined) return
    // From here on the browser is theirs, as after a log-in.
    claimBrowser(windowStores, them.page)
    location.replace('/')
  }
  return { users, roles, told, forget: () => setTold(nothing), act, takePlaceOf }
}

export function routeOf(name: string): string {
  return `/users/${encodeURIComponent(name)}`
}
