/** Where does the keyboard go on when the button it was on is gone? To the nearest thing that is still there. */
import { useEffect, useRef } from 'preact/hooks'

/** Looks whenever `state` changes; the first drawing takes the focus from nowhere. */
export function useKeptFocus(target: { readonly current: HTMLElement | null }, state: string): void {
  const seen = useRef(state)
  useEffect(() => {
    if (seen.current === state) return
    seen.current = state
    if (document.activeElement === document.body) target.current?.focus()
  }, [target, state])
}
