/** How do I sign in my phone? It scans a code from here, and I type in the number that it shows. */
import type { ApproveDeviceRequest } from '@gatehouse/shared/arrivals-contract'
import { useEffect, useState } from 'preact/hooks'
import { Alert, Field, Form, textOf } from '../form.tsx'
import type { OwnApi } from '../own-api-client.ts'
import { QrCode } from '../qr-code.tsx'
import { browserName } from '../when.ts'
import { type OfferedLink, parseLinkState, parseOfferedLink } from './parse-device-link.ts'

/** Milliseconds between two questions. */
const askEveryMs = 1_500

export function OtherDevice({ api }: { readonly api: OwnApi }) {
  const [link, setLink] = useState<OfferedLink | undefined>()
  const [notice, setNotice] = useState('')
  const [error, setError] = useState('')
  const begin = async () => {
    const outcome = await api.call('POST', '/device-links', {})
    const offered = outcome.ok ? parseOfferedLink(outcome.value) : undefined
    setNotice('')
    setError(outcome.ok ? '' : outcome.message)
    setLink(offered)
  }
  const end = (said: string, problem = '') => {
    setLink(undefined)
    setNotice(said)
    setError(problem)
  }
  return (
    <section aria-labelledby="device-title">
      <h2 id="device-title">Another device</h2>
      <Alert text={error} />
      <div role="status">{notice !== '' && <p class="notice">{notice}</p>}</div>
      {link === undefined ? (
        <button type="button" class="quiet" onClick={() => void begin()}>
          Sign in another device
        </button>
      ) : (
        <Offer api={api} link={link} end={end} />
      )}
    </section>
  )
}

interface OfferProps {
  readonly api: OwnApi
  readonly link: OfferedLink
  readonly end: (notice: string, problem?: string) => void
}

function Offer({ api, link, end }: OfferProps) {
  const [device, setDevice] = useState<string | undefined>()
  const route = `/device-links/${encodeURIComponent(link.id)}`
  useEffect(() => {
    const timer = setInterval(async () => {
      const outcome = await api.call('GET', route)
      if (!outcome.ok) return outcome.status === 404 ? end('', 'The code is over. Show a new one.') : undefined
      const { state, address, userAgent } = parseLinkState(outcome.value)
      if (state === 'claimed') setDevice(`${browserName(userAgent)}, from ${address}`)
    }, askEveryMs)
    return () => clearInterval(timer)
  }, [api, route])
  const approve = async (fields: FormData) => {
    const request: ApproveDeviceRequest = { number: textOf(fields, 'number').trim() }
    const outcome = await api.call('POST', `${route}/approve`, request)
    if (outcome.ok) end('The other device is being signed in.')
    else end('', outcome.message)
    return undefined
  }
  const cancel = async () => {
    await api.call('DELETE', route)
    end('')
  }
  return (
    <div class="offer">
      {device === undefined ? (
        <>
          <p class="lead">Scan this with the other device. It is good for two minutes and for one device.</p>
          <QrCode text={new URL(link.path, location.origin).href} label="QR code for the other device" />
        </>
      ) : (
        <>
          <p class="lead">{device} wants to come in as you. Type in the number that it shows.</p>
          <Form button="Let it in" submit={approve}>
            <Field label="Number" name="number" autocomplete="off" isFocused />
          </Form>
        </>
      )}
      <button type="button" class="quiet" onClick={() => void cancel()}>
        Cancel
      </button>
    </div>
  )
}
