/** How does an administrator who acts in somebody's place see that all the time? As a bar over the page that nothing covers. */
import type { Me } from '@gatehouse/shared/own-api-contract'

const style =
  'position:fixed;left:50%;bottom:.75rem;transform:translateX(-50%);z-index:2147483000;display:flex;gap:1rem;' +
  'align-items:center;max-width:90vw;padding:.35rem .5rem .35rem 1rem;border-radius:.6rem;background:#b45309;color:#fff;font:600 13px/1.5 system-ui,sans-serif;pointer-events:none'
const buttonStyle =
  'padding:.1rem .8rem;border:1px solid #fff;border-radius:.4rem;background:none;color:#fff;font:inherit;cursor:pointer;' +
  'pointer-events:auto'

/** Undefined for everybody who is themselves. */
export function actingSentence({ user, impersonator }: Pick<Me, 'user' | 'impersonator'>): string | undefined {
  if (impersonator === undefined) return undefined
  return `You are ${impersonator}, acting in the place of ${user}. It is written down.`
}

/** Names come from people: they are only ever set as text. */
export function showActingBanner(me: Me, end: () => void): void {
  const sentence = actingSentence(me)
  if (sentence === undefined) return
  const bar = document.createElement('div')
  bar.id = 'gatehouse-acting'
  bar.style.cssText = style
  bar.setAttribute('role', 'alert')
  const text = document.createElement('span')
  text.textContent = sentence
  const button = document.createElement('button')
  button.type = 'button'
  button.textContent = 'End it'
  button.style.cssText = buttonStyle
  button.addEventListener('click', end)
  bar.append(text, button)
  document.body.append(bar)
}
