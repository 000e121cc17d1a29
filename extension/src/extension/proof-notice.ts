/** What does somebody do who was told that their proof is too old? They prove it in another tab, and do it once more here. */

const style =
  'max-width:24rem;padding:1.5rem;border:1px solid #4e4e4e;border-radius:.75rem;background:#202020;color:#f2f2f2;font:15px/1.45 system-ui,sans-serif'
const buttonStyle =
  'padding:.5rem 1rem;border:0;border-radius:.5rem;background:#2563eb;color:#fff;font:inherit;font-weight:600;cursor:pointer'

/** Shows one dialog, however many answers asked for it. */
export function createProofNotice(): () => void {
  let shown: HTMLDialogElement | undefined
  return () => {
    if (shown?.isConnected === true) return
    shown = dialog()
    document.body.append(shown)
    shown.showModal()
  }
}

function dialog(): HTMLDialogElement {
  const made = document.createElement('dialog')
  made.id = 'gatehouse-proof'
  made.style.cssText = style
  made.setAttribute('aria-labelledby', 'gatehouse-proof-title')
  made.addEventListener('close', () => made.remove())
  const title = element('h2', 'Is it still you?')
  title.id = 'gatehouse-proof-title'
  title.style.margin = '0 0 .5rem'
  const link = element('a', 'Prove it in another tab')
  Object.assign(link, { href: '/account#prove', target: '_blank', rel: 'noopener' })
  link.style.color = '#8ab4ff'
  const then = document.createElement('p')
  then.append(link, ', then do it once more here.')
  const close = element('button', 'Close')
  close.type = 'button'
  close.style.cssText = buttonStyle
  close.addEventListener('click', () => made.close())
  const why = 'This changes the server, and you proved who you are more than ten minutes ago.'
  made.append(title, element('p', why), then, close)
  return made
}

function element<Name extends keyof HTMLElementTagNameMap>(name: Name, text: string): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  made.textContent = text
  return made
}
