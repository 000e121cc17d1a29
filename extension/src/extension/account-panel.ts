/** What does the sidebar tab show? Who I am, where my jobs stand, and the ways out. */
import { mayAdminister } from '@gatehouse/shared/may-administer'
import type { Me } from '@gatehouse/shared/own-api-contract'
import type { QueuePosition } from '@gatehouse/shared/workflows-contract'
import { queueSentence } from './queue-text.ts'

interface PanelParts {
  readonly me: Me
  readonly openAccount: () => void
  readonly openAdmin: () => void
  readonly signOut: () => void
}

export interface AccountPanel {
  render(place: HTMLElement): void
  forget(): void
  show(position: QueuePosition): void
}

const buttonStyle =
  'display:block;width:100%;margin:0 0 .5rem;padding:.55rem .8rem;border:1px solid var(--border-color,#4e4e4e);border-radius:.5rem;' +
  'background:var(--comfy-input-bg,#222);color:var(--input-text,#ddd);font:inherit;text-align:left;cursor:pointer'

/** Names come from people: they are only ever set as text. */
export function createAccountPanel({ me, openAccount, openAdmin, signOut }: PanelParts): AccountPanel {
  let queueLine: HTMLElement | undefined
  let sentence = ''
  return {
    render: (place) => {
      queueLine = line('p', sentence, 'margin:0 0 1.25rem')
      queueLine.setAttribute('role', 'status')
      const account = action('Account, sessions and API keys', 'pi pi-id-card', openAccount)
      const admin = mayAdminister(me) ? [action('Administration', 'pi pi-users', openAdmin)] : []
      const leave = action(...leaveLabel(me), signOut)
      const panel = line('section', '', 'padding:1rem;color:var(--fg-color,#fff);font-size:.9rem;line-height:1.5')
      panel.setAttribute('aria-label', 'Account')
      panel.append(
        line('h3', me.user, 'margin:0;font-size:1.15rem;font-weight:600;overflow-wrap:anywhere'),
        line('p', aboutPerson(me), 'margin:0 0 1.25rem;color:var(--descrip-text,#999);overflow-wrap:anywhere'),
        line('h4', 'Queue', 'margin:0;font-size:.9rem;font-weight:600'),
        queueLine,
        account,
        ...admin,
        leave,
      )
      place.replaceChildren(panel)
    },
    forget: () => {
      queueLine = undefined
    },
    show: (position) => {
      sentence = queueSentence(position)
      if (queueLine !== undefined) queueLine.textContent = sentence
    },
  }
}

/** A guest has nothing to leave: what is offered is to become somebody. */
export function leaveLabel({ guest }: Pick<Me, 'guest'>): readonly ['Sign in' | 'Sign out', string] {
  return guest === true ? ['Sign in', 'pi pi-sign-in'] : ['Sign out', 'pi pi-sign-out']
}

function aboutPerson({ user, role, tenant }: Me): string {
  return tenant === '' || tenant === user ? `Role: ${role}` : `Role: ${role}, workspace: ${tenant}`
}

function line(name: 'h3' | 'h4' | 'p' | 'section', text: string, style: string): HTMLElement {
  const made = document.createElement(name)
  made.textContent = text
  made.style.cssText = style
  return made
}

function action(label: string, icon: string, run: () => void): HTMLElement {
  const button = document.createElement('button')
  button.type = 'button'
  button.style.cssText = buttonStyle
  const glyph = document.createElement('i')
  glyph.className = icon
  glyph.style.marginRight = '.6rem'
  glyph.setAttribute('aria-hidden', 'true')
  button.append(glyph, label)
  button.addEventListener('click', run)
  return button
}
