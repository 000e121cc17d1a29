/** What happens to a person's own files? `/userdata` and `/v2/userdata` with the semantics of user_manager.py 0.33.0. */
import { mayPrincipal, type Principal } from '@gatehouse/shared/principal'
import { type Answer, missingRoute } from '../policy/answer.ts'
import type { CanonicalRequest, RequestBody } from '../policy/canonical-request.ts'
import type { OwnUserdata } from '../policy/world.ts'
import { type ChangeContext, move, remove, save } from './change.ts'
import { download } from './download.ts'
import type { UserdataLimits } from './limits.ts'
import { listFiles, listTree } from './listing.ts'
import { type OwnName, parseOwnName } from './own-name.ts'
import { placesOf } from './places.ts'
import { Refusal, requireOwn } from './refusal.ts'
import { storageProblem } from './storage-error.ts'

export interface UserdataOptions {
  readonly dataDir: string
  readonly principal: Principal
  readonly limits: UserdataLimits
  readonly clock: () => number
}

/** The files of one principal: the tenant's shared tree, and settings and `user.css` of their own. */
export function createUserdata({ dataDir, principal, limits, clock }: UserdataOptions): OwnUserdata {
  const context: ChangeContext = {
    places: placesOf(dataDir, principal, process.platform),
    limits,
    clock,
    may: (permission) => mayPrincipal(principal, permission),
  }
  return {
    answer: async (request, body) => {
      try {
        return await userdataAnswer(context, request, body)
      } catch (cause) {
        const problem = storageProblem(cause)
        if (problem instanceof Refusal) return problem.answer
        throw problem
      }
    },
  }
}

async function userdataAnswer(context: ChangeContext, request: CanonicalRequest, body: RequestBody): Promise<Answer> {
  const { segments, query } = request
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  if (segments.join('/') === 'v2/userdata') return isRead ? listTree(context.places, query, parse) : missingRoute
  const [resource, file, verb, dest, ...rest] = segments
  if (resource !== 'userdata' || rest.length > 0) return missingRoute
  if (file === undefined) return isRead ? listFiles(context.places, query, parse) : missingRoute
  if (file === '') return missingRoute
  if (verb === undefined) return fileAnswer(context, file, request, body)
  if (verb !== 'move' || dest === undefined || dest === '' || request.method !== 'POST') return missingRoute
  return move(context, placeOf(context, file), placeOf(context, dest), request)
}

async function fileAnswer(
  context: ChangeContext,
  file: string,
  request: CanonicalRequest,
  body: RequestBody,
): Promise<Answer> {
  const place = placeOf(context, file)
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      return download(context.places, place, request)
    case 'POST':
      return save(context, place, request, body)
    case 'DELETE':
      return remove(context, place)
    default:
      return missingRoute
  }
}

function placeOf({ places }: ChangeContext, file: string): ReturnType<typeof places.at> {
  return places.at(requireOwn(parse(file)))
}

function parse(raw: string): OwnName {
  return parseOwnName(raw, process.platform)
}
