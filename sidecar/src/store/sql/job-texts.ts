/** How are the texts of a job kept, of which some have megabytes? Short ones in its row, long ones in pieces beside it. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { JobId } from '@gatehouse/shared/ids'
import type { Kysely } from 'kysely'
import type { NewJob } from '../job-store.ts'
import type { LedgerTables } from './tables/ledger.ts'

type Part = LedgerTables['job_pieces']['part']

interface Piece {
  readonly part: Part
  readonly place: number
  readonly text: string
}

/** What a row says of one text: the text itself, or in how many pieces it is. */
interface StoredText {
  readonly id: JobId
  readonly text: string | null
  readonly pieces: number
}

// UTF-16 units. SQLite writes a row anew, however long, whenever its job changes.
const longestInRow = 65_536
const pieceLength = 524_288
/** UTF-16 units that are written, or read, before others have their turn: about 5 ms of work. */
const turnLength = 2 * pieceLength

/** The columns of a new job's texts, and what does not fit into them, as much at a time as one turn may write. */
export function cutTexts(job: NewJob) {
  const prompt = cut('prompt', job.prompt)
  const extraData = cut('extra_data', job.extraData)
  const upstreamBody = cut('upstream_body', job.upstreamBody)
  return {
    columns: {
      prompt: prompt.inRow,
      prompt_pieces: prompt.pieces.length,
      extra_data: extraData.inRow,
      extra_data_pieces: extraData.pieces.length,
      upstream_body: upstreamBody.inRow,
      upstream_body_pieces: upstreamBody.pieces.length,
    },
    turns: inTurns([...prompt.pieces, ...extraData.pieces, ...upstreamBody.pieces]),
  }
}

/** Adds to what there is of a job. */
export async function writePieces(db: Kysely<LedgerTables>, jobId: JobId, pieces: readonly Piece[]): Promise<void> {
  if (pieces.length === 0) return
  const rows = pieces.map((piece) => ({ job_id: jobId, ...piece }))
  await db.insertInto('job_pieces').values(rows).execute()
}

/** The whole of a text; undefined when it was dropped meanwhile. */
export async function readText(
  db: Kysely<LedgerTables>,
  part: Part,
  { id, text, pieces }: StoredText,
): Promise<string | undefined> {
  if (pieces === 0) return text ?? undefined
  const found: string[] = []
  while (found.length < pieces) {
    const rows = await db
      .selectFrom('job_pieces')
      .select('text')
      .where('job_id', '=', id)
      .where('part', '=', part)
      .where('place', '>=', found.length)
      .orderBy('place')
      .limit(turnLength / pieceLength)
      .execute()
    if (rows.length === 0) return undefined
    found.push(...rows.map((row) => row.text))
    if (found.length < pieces) await nextTurn()
  }
  return found.join('')
}

function cut(part: Part, text: string): { readonly inRow: string; readonly pieces: readonly Piece[] } {
  if (text.length <= longestInRow) return { inRow: text, pieces: [] }
  const pieces: Piece[] = []
  for (let from = 0; from < text.length; ) {
    const end = endOfPiece(text, from)
    pieces.push({ part, place: pieces.length, text: text.slice(from, end) })
    from = end
  }
  return { inRow: '', pieces }
}

function inTurns(pieces: readonly Piece[]): readonly (readonly Piece[])[] {
  const turns: Piece[][] = []
  let length = turnLength
  for (const piece of pieces) {
    if (length + piece.text.length > turnLength) {
      turns.push([])
      length = 0
    }
    length += piece.text.length
    turns.at(-1)?.push(piece)
  }
  return turns
}

/** SQLite keeps UTF-8, which has nothing for half of a character. */
function endOfPiece(text: string, from: number): number {
  const end = from + pieceLength
  const last = text.charCodeAt(end - 1)
  return end < text.length && last >= 0xd800 && last <= 0xdbff ? end - 1 : end
}
