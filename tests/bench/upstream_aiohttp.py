"""What stands behind the doors, as ComfyUI's own server would answer it?"""
import sys

from aiohttp import web

SMALL = {"padding": "x" * 1000}
LARGE = b"x" * (2 * 1024 * 1024)


async def small(request):
    return web.json_response(SMALL)


async def large(request):
    return web.Response(body=LARGE)


async def queue(request):
    return web.json_response({"queue_running": [], "queue_pending": []})


async def websocket(request):
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for _ in socket:
        pass
    return socket


app = web.Application()
app.add_routes([web.get("/bench/small", small), web.get("/bench/large", large), web.get("/queue", queue), web.get("/ws", websocket)])
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
