/** Whose page is this, and what proves it to the sidecar? The three values of the script element, renewed at login. */
import { scriptDataset } from '@gatehouse/shared/page-binding'

export interface Credentials {
  /** Opaque reference of the person the page was opened for; fixed for the life of the page. */
  readonly page: string
  readonly user: string
  /** Token of the current session: another one after every login. */
  csrf(): string
  renew(csrf: string | undefined): void
}

/** The values `script` was written with; undefined when the page was not made for anybody. */
export function readCredentials(script: { readonly dataset: DOMStringMap }): Credentials | undefined {
  const page = script.dataset[scriptDataset.page]
  if (page === undefined || page === '') return undefined
  let csrf = script.dataset[scriptDataset.csrf] ?? ''
  return {
    page,
    user: script.dataset[scriptDataset.user] ?? '',
    csrf: () => csrf,
    renew: (fresh) => {
      csrf = fresh ?? csrf
    },
  }
}
