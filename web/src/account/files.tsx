/** What do I keep on the server? The figures of the own workspace, and its files, each of which can be deleted. */
import type { OwnFileSummary } from '@gatehouse/shared/files-contract'
import { useCallback, useEffect, useState } from 'preact/hooks'
import { Alert, ConfirmButton } from '../form.tsx'
import type { OwnApi } from '../own-api-client.ts'
import { whenText } from '../when.ts'
import { parseFilePage, parseUsage, type Usage } from './parse-files.ts'
import { countText, sizeText } from './size.ts'

/** No way to the disk is configured: the sentence is for the operator, and no error of this page. */
const unmanaged = 501
const pageCount = 50

type Root = OwnFileSummary['root']

export function Files({ api, mayDelete }: { readonly api: OwnApi; readonly mayDelete: boolean }) {
  const [usage, setUsage] = useState<Usage>()
  const [why, setWhy] = useState('')
  const [error, setError] = useState('')
  const load = useCallback(async () => {
    const outcome = await api.call('GET', '/usage')
    if (outcome.ok) setUsage(parseUsage(outcome.value))
    else if (outcome.status === unmanaged) setWhy(outcome.message)
    else setError(outcome.message)
  }, [api])
  useEffect(() => void load(), [load])
  return (
    <section aria-labelledby="files-title">
      <h2 id="files-title">Files</h2>
      <Alert text={error} />
      {why !== '' && <p class="hint">{why}</p>}
      {usage !== undefined && (
        <>
          <p class="quiet-text">
            What your workspace keeps on the server: {figuresText('uploaded', usage.input)},{' '}
            {figuresText('made', usage.output)}
            {usage.temp !== undefined && `, ${figuresText('as previews', usage.temp)}`}.
          </p>
          <FileList api={api} root="output" title="What was made" mayDelete={mayDelete} onDeleted={load} />
          <FileList api={api} root="input" title="What was uploaded" mayDelete={mayDelete} onDeleted={load} />
        </>
      )}
    </section>
  )
}

interface ListProps {
  readonly api: OwnApi
  readonly root: Root
  readonly title: string
  readonly mayDelete: boolean
  readonly onDeleted: () => Promise<void>
}

function FileList({ api, root, title, mayDelete, onDeleted }: ListProps) {
  const [files, setFiles] = useState<readonly OwnFileSummary[]>()
  const [next, setNext] = useState<string | null>(null)
  const [error, setError] = useState('')
  const load = async (after: string | null) => {
    const from = after === null ? '' : `&after=${encodeURIComponent(after)}`
    const outcome = await api.call('GET', `/files?root=${root}&limit=${pageCount}${from}`)
    if (!outcome.ok) return setError(outcome.message)
    const page = parseFilePage(outcome.value)
    setFiles(after === null ? page.files : [...(files ?? []), ...page.files])
    setNext(page.next)
  }
  const remove = async (file: OwnFileSummary) => {
    const { subfolder, filename } = file
    const outcome = await api.call('DELETE', '/files', { files: [{ root, subfolder, filename }] })
    if (!outcome.ok) return setError(outcome.message)
    setFiles(files?.filter((one) => one !== file))
    await onDeleted()
  }
  return (
    <details onToggle={(event) => event.currentTarget.open && files === undefined && void load(null)}>
      <summary>{title}</summary>
      <Alert text={error} />
      {files?.length === 0 && <p class="hint">Nothing yet.</p>}
      <ul class="list">
        {files?.map((file) => (
          <li key={pathOf(file)}>
            <div class="about">
              <a href={addressOf(file)} target="_blank" rel="noreferrer">
                {pathOf(file)}
              </a>
              <small>
                {sizeText(file.bytes)}, {whenText(file.modifiedAt)}
              </small>
            </div>
            {mayDelete && <ConfirmButton label="Delete" subject={pathOf(file)} act={() => void remove(file)} />}
          </li>
        ))}
      </ul>
      {next !== null && (
        <button type="button" class="small quiet" onClick={() => void load(next)}>
          Show more
        </button>
      )}
    </details>
  )
}

function figuresText(what: string, { files, bytes }: Usage['input']): string {
  return `${countText(files)} ${what} (${sizeText(bytes)})`
}

function pathOf({ subfolder, filename }: OwnFileSummary): string {
  return subfolder === '' ? filename : `${subfolder}/${filename}`
}

function addressOf({ root, subfolder, filename }: OwnFileSummary): string {
  return `/view?${new URLSearchParams({ type: root, subfolder, filename })}`
}
