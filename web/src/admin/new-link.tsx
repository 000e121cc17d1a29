/** How does the link get to the one who is meant? It is shown this once, to be copied. */
import type { InvitationCreated } from '@gatehouse/shared/arrivals-contract'
import { useEffect, useRef, useState } from 'preact/hooks'
import { whenText } from '../when.ts'

/** The region stays in the page while it is empty, so that the link is read out when it comes. */
export function NewLink({ created }: { readonly created: InvitationCreated | undefined }) {
  return <div role="status">{created !== undefined && <Shown key={created.id} created={created} />}</div>
}

function Shown({ created }: { readonly created: InvitationCreated }) {
  const code = useRef<HTMLElement>(null)
  const copyButton = useRef<HTMLButtonElement>(null)
  // The form that made it is closed, and the keyboard with it.
  useEffect(() => copyButton.current?.focus(), [])
  const [said, setSaid] = useState('')
  const link = new URL(created.path, location.origin).href
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link)
      setSaid('Copied.')
    } catch {
      // Browsers give pages of plain http no clipboard.
      if (code.current !== null) getSelection()?.selectAllChildren(code.current)
      setSaid('It is selected: copy it with the keyboard.')
    }
  }
  return (
    <div class="notice">
      <p>
        Send this link to the one you mean; it is not shown again. Whoever opens it first has the account, until{' '}
        {whenText(created.expiresAt)}.
      </p>
      <code ref={code} data-link>
        {link}
      </code>
      <div class="row">
        <button ref={copyButton} type="button" class="small" onClick={() => void copy()}>
          Copy the link
        </button>
        <span>{said}</span>
      </div>
    </div>
  )
}
