/** What does the person see while requests are held? A modal dialog over the untouched page. */
import { overlayStyle } from './overlay-style.ts'
import type { LoginOutcome, SignedIn } from './who-am-i.ts'

export interface LoginView {
  readonly user: string
  readonly logIn: (username: string, password: string, remember: boolean) => Promise<LoginOutcome>
  readonly admit: (person: SignedIn) => void
}
export interface Overlay {
  showLogin(view: LoginView): void
  /** Says that `user` is signed in now; `leave` loads the page anew. */
  showStranger(user: string, leave: () => void): void
  hide(): void
}

type Attributes = Readonly<Record<string, string>>

/** An overlay in a shadow root of its own; the top layer keeps the page behind it out of reach of mouse and keys. */
export function createOverlay(): Overlay {
  const host = element('gatehouse-overlay', {})
  const root = host.attachShadow({ mode: 'open' })
  let isShown = false
  // A constructed sheet needs no `unsafe-inline` in the page's content security policy.
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(overlayStyle)
  root.adoptedStyleSheets = [sheet]
  keepKeysFrom(() => isShown)
  const show = (label: string, ...content: readonly HTMLElement[]) => {
    const dialog = element('dialog', { 'aria-labelledby': 'title' }, element('h2', { id: 'title' }, label), ...content)
    // A phone's way back closes it too, and would leave the page with requests that never end.
    dialog.addEventListener('close', () => {
      if (isShown) dialog.showModal()
    })
    root.replaceChildren(dialog)
    document.documentElement.append(host)
    isShown = true
    dialog.showModal()
  }
  return {
    showLogin: (view) => show('Sign in again', ...loginForm(view)),
    showStranger: (user, leave) => {
      const reload = element('button', { type: 'button', autofocus: '' }, 'Reload the page')
      reload.addEventListener('click', leave)
      const text = `${user} is signed in now. This page was opened by somebody else and can save nothing any more.`
      show('This page belongs to somebody else', element('p', {}, text), reload)
    },
    hide: () => {
      isShown = false
      host.remove()
    },
  }
}

function loginForm({ user, logIn, admit }: LoginView): readonly HTMLElement[] {
  const name = element('input', { name: 'username', autocomplete: 'username', required: '', value: user })
  const password = element('input', {
    name: 'password',
    type: 'password',
    autocomplete: 'current-password',
    required: '',
  })
  ;(user === '' ? name : password).setAttribute('autofocus', '')
  const remember = element('input', { type: 'checkbox', name: 'remember' })
  const button = element('button', {}, 'Sign in')
  const alert = element('div', { role: 'alert' })
  const form = element(
    'form',
    {},
    alert,
    element('label', {}, 'User name', name),
    element('label', {}, 'Password', password),
    element('label', {}, remember, 'Remember me on this device'),
    button,
  )
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    if (button.disabled) return
    button.disabled = true
    alert.textContent = ''
    const outcome = await logIn(name.value, password.value, remember.checked)
    button.disabled = false
    if (typeof outcome === 'object') return admit(outcome)
    alert.textContent = outcome
    password.select()
    password.focus()
  })
  const elsewhere = element('a', { href: '/login', target: '_blank', rel: 'noopener' }, 'Sign in in another tab')
  return [
    element('p', {}, 'Your session has ended. Your graph is still here and goes on as soon as you are signed in.'),
    form,
    element('p', { class: 'foot' }, elsewhere, ' to use an API key; this page notices.'),
  ]
}

/** The stock UI listens for keys on the window and would run shortcuts while a password is typed. */
function keepKeysFrom(isShown: () => boolean): void {
  const keep = (event: Event) => {
    if (!isShown()) return
    event.stopImmediatePropagation()
    // A second Escape closes a dialog whatever its `cancel` listeners say (HTML, close watchers).
    if (event instanceof KeyboardEvent && event.key === 'Escape') event.preventDefault()
  }
  for (const type of ['keydown', 'keypress', 'keyup', 'copy', 'cut', 'paste']) window.addEventListener(type, keep, true)
}

type Children = readonly (HTMLElement | string)[]
function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes,
  ...children: Children
): HTMLElementTagNameMap[Name]
function element(name: string, attributes: Attributes, ...children: Children): HTMLElement
function element(name: string, attributes: Attributes, ...children: Children): HTMLElement {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  made.append(...children)
  return made
}
