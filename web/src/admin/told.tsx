/** What came of it? One line that stays in sight, and is read out, wherever on the page the button was. */
import type { ToldText } from './use-people.ts'

interface Props {
  readonly told: ToldText
  readonly close: () => void
}

/** Both regions stay in the page while they are empty: screen readers only announce what changes inside one they know. */
export function Told({ told: { text, isProblem }, close }: Props) {
  return (
    <div class="told">
      <div role="alert">{isProblem && <p class="error">{text}</p>}</div>
      <div role="status">{!isProblem && text !== '' && <p class="notice">{text}</p>}</div>
      {text !== '' && (
        <button type="button" class="small quiet close" aria-label="Close the message" onClick={close}>
          Close
        </button>
      )}
    </div>
  )
}
