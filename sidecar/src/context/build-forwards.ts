/** Which doors lead out? Streaming and uploads to the principal's own upstream, and the one writer of answers. */
import type { Principal } from '@gatehouse/shared/principal'
import type { LiveConfig } from '../config/live-config.ts'
import { writeAnswer } from '../http/write-answer.ts'
import type { UpstreamShare } from '../limits/upstream-share.ts'
import type { Forwards } from '../narrow.ts'
import { forwardHttp } from '../proxy/forward-http.ts'
import { forwardStripped } from '../proxy/forward-stripped.ts'
import { onBehalfOf } from '../proxy/on-behalf-of.ts'
import { openForm } from '../proxy/open-form.ts'
import type { Upstream } from '../proxy/upstream.ts'
import { identityHeader } from '../proxy/upstream-headers.ts'
import { answerUpload } from '../upload/answer-upload.ts'

function createForwards(upstream: Upstream): Forwards {
  return {
    stream: (request, response, headers) =>
      request.strippedAs === undefined
        ? forwardHttp(upstream, request, response, { headers })
        : forwardStripped(upstream, request, request.strippedAs, response, headers),
    upload: (kind, request, world, body) =>
      answerUpload(kind, request, world, body, (path, file) => openForm(upstream, path, file)),
    write: writeAnswer,
  }
}

/** The doors of one person: ComfyUI hears on whose behalf, where that is configured. */
export function forwardsFor(upstream: Upstream, live: LiveConfig): (principal: Principal) => Forwards {
  const nameless = createForwards(upstream)
  return ({ userName }) => {
    const name = live.current().tenancy.identity_header
    return name === undefined ? nameless : createForwards(onBehalfOf(upstream, identityHeader(name, userName)))
  }
}

/** The same for one person, whose downloads keep to their share of ComfyUI's connections. */
export function inShare(forwards: Forwards, principal: Principal, share: UpstreamShare): Forwards {
  return {
    ...forwards,
    stream: (request, response, headers) => share(principal, () => forwards.stream(request, response, headers)),
  }
}
