/** What frame do the own pages share? */
import type { ComponentChildren } from 'preact'

export function Card(props: {
  readonly title: string
  readonly isWide?: boolean
  readonly children: ComponentChildren
}) {
  return (
    <main class={props.isWide ? 'card wide' : 'card'}>
      <p class="brand">
        <span class="mark" aria-hidden="true" />
        ComfyUI <span class="by">behind Gatehouse</span>
      </p>
      <h1>{props.title}</h1>
      {props.children}
    </main>
  )
}

/** The element of the shell that a page draws itself into. */
export function getPlace(): HTMLElement {
  const place = document.getElementById('page')
  if (place === null) throw new TypeError('The page has no element to draw into.')
  return place
}
