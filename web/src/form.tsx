/** What are the own pages' forms made of? Labelled fields, one button, and a place where errors are read out. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

interface FieldProps {
  readonly label: string
  readonly name: string
  readonly type?: 'password'
  readonly autocomplete: string
  readonly hint?: string
  readonly isFocused?: boolean
  readonly isOptional?: boolean
}

export function Field(props: FieldProps) {
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (props.isFocused) input.current?.focus()
  }, [props.isFocused])
  const hintId = `${props.name}-hint`
  const attributes = {
    ref: input,
    id: props.name,
    name: props.name,
    autocomplete: props.autocomplete,
    autocapitalize: 'none',
    spellcheck: false,
    required: props.isOptional !== true,
    ...(props.hint === undefined ? {} : { 'aria-describedby': hintId }),
  } as const
  return (
    <div class="field">
      <label for={props.name}>{props.label}</label>
      {props.type === 'password' ? <input type="password" {...attributes} /> : <input type="text" {...attributes} />}
      {props.hint !== undefined && (
        <p class="hint" id={hintId}>
          {props.hint}
        </p>
      )}
    </div>
  )
}

interface ChoiceProps {
  readonly label: string
  readonly name: string
  readonly options: readonly { readonly value: string; readonly label: string }[]
  /** At first. */
  readonly chosen: string
}

export function Choice({ label, name, options, chosen }: ChoiceProps) {
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <select id={name} name={name}>
        {options.map((option) => (
          <option key={option.value} value={option.value} selected={option.value === chosen}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  )
}

interface FormProps {
  readonly button: string
  /** Does the work; a returned sentence is shown as the error. */
  readonly submit: (fields: FormData) => Promise<string | undefined>
  readonly children: ComponentChildren
  readonly isQuiet?: boolean
}

export function Form({ button, submit, children, isQuiet }: FormProps) {
  const [error, setError] = useState('')
  const [isBusy, setBusy] = useState(false)
  const onSubmit = async (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget
    if (isBusy || !(form instanceof HTMLFormElement)) return
    setBusy(true)
    setError('')
    const problem = await submit(new FormData(form))
    setBusy(false)
    if (problem === undefined) return
    setError(problem)
    const secret = form.querySelector<HTMLInputElement>('input[type=password], input[name=code]')
    secret?.focus()
    secret?.select()
  }
  return (
    <form onSubmit={onSubmit} aria-busy={isBusy}>
      <Alert text={error} />
      {children}
      <button type="submit" class={isQuiet ? 'quiet' : ''} disabled={isBusy}>
        {isBusy ? 'One moment...' : button}
      </button>
    </form>
  )
}

/** The region stays in the page while it is empty: screen readers only announce what changes inside one they know. */
export function Alert({ text }: { readonly text: string }) {
  return (
    <div role="alert" aria-live="assertive">
      {text !== '' && <p class="error">{text}</p>}
    </div>
  )
}

/** A button that asks once more before it acts. */
export function ConfirmButton(props: { readonly label: string; readonly act: () => void; readonly subject: string }) {
  const [isAsking, setAsking] = useState(false)
  return (
    <button
      type="button"
      class={isAsking ? 'small danger' : 'small quiet'}
      aria-label={`${isAsking ? 'Really' : ''} ${props.label} ${props.subject}`.trim()}
      onBlur={() => setAsking(false)}
      onClick={() => {
        setAsking(!isAsking)
        if (isAsking) props.act()
      }}
    >
      {isAsking ? 'Really?' : props.label}
    </button>
  )
}

/** The text of a field; files and absent fields are empty. */
export function textOf(fields: FormData, name: string): string {
  const value = fields.get(name)
  return typeof value === 'string' ? value : ''
}
