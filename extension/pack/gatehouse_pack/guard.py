"""Who may talk to this ComfyUI? Only who sends the secret: every route, static file, 404 and socket passes here first."""

from __future__ import annotations

import hashlib
import hmac
import re

from aiohttp import web

from .files import leads_away

GUARD_HEADER = "X-Gatehouse-Guard"
# The whole request target as it stands on the wire: no other spelling of it is answered.
PROVE_TARGET = re.compile(r"/gatehouse/prove\?nonce=([0-9a-f]{64})", re.ASCII)
PROOF_PREFIX = "gatehouse-upstream:"
STRANGER = "This ComfyUI answers only through Gatehouse."


def create_guard(secret: str):
    """The outermost aiohttp middleware; it judges before ComfyUI sees the request."""

    @web.middleware
    async def guard(request: web.Request, handler):
        if is_from_sidecar(request, secret):
            # As ComfyUI answers for a file that is not there.
            return web.Response(status=404) if leads_away(request) else await handler(request)
        nonce = read_nonce(request)
        if nonce is None:
            return refuse_stranger()
        return web.json_response({"proof": prove(secret, nonce)}, headers={"Server": "gatehouse"})

    return guard


def is_from_sidecar(request: web.Request, secret: str) -> bool:
    values = request.headers.getall(GUARD_HEADER, [])
    if len(values) != 1:
        return False
    return hmac.compare_digest(values[0].encode("utf-8", "surrogateescape"), secret.encode("ascii"))


def read_nonce(request: web.Request) -> str | None:
    match = PROVE_TARGET.fullmatch(request.raw_path) if request.method == "GET" else None
    return match.group(1) if match else None


def prove(secret: str, nonce: str) -> str:
    """Shows knowledge of the secret to a sidecar that has not sent it yet; the prefix keeps the key to this one use."""
    return hmac.new(secret.encode("ascii"), (PROOF_PREFIX + nonce).encode("ascii"), hashlib.sha256).hexdigest()


def refuse_stranger() -> web.Response:
    answer = web.json_response({"error": STRANGER}, status=401, headers={"Server": "gatehouse"})
    answer.force_close()
    return answer
