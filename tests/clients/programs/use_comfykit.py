"""comfykit: its `api_key` (a Bearer header on HTTP only), its `cookies`, or HTTP Basic in the URL for HTTP and WebSocket."""
import asyncio

import aiohttp
from comfykit import ComfyKit
from task import address, address_with_key, cookie, filename, graph_file, is_run, key, prompt_id, tell_look, tell_run, way

ways = {
    "api_key": lambda: ComfyKit(comfyui_url=address, api_key=key),
    "cookies": lambda: ComfyKit(comfyui_url=address, cookies=cookie),
    "address": lambda: ComfyKit(comfyui_url=address_with_key, executor_type="websocket"),
}


async def get(url):
    """It gives URLs, not bytes: they are fetched with what it was told."""
    headers = {"Authorization": f"Bearer {key}"} if way == "api_key" else {}
    cookies = dict([cookie.split("=", 1)]) if way == "cookies" else None
    async with aiohttp.ClientSession(headers=headers, cookies=cookies) as session:
        async with session.get(url) as answer:
            return await answer.read() if answer.status == 200 else None


async def main():
    # Not `async with`: this version closes what has no close().
    kit = ways[way]()
    if is_run:
        result = await kit.execute(graph_file)
        if result.status != "completed":
            raise SystemExit(f"{result.status}: {result.msg}")
        return tell_run(result.prompt_id, [await get(url) for url in result.images])
    base = address_with_key if way == "address" else address
    history = await get(f"{base}/history/{prompt_id}")
    tell_look((history or b"").decode(), await get(f"{base}/view?filename={filename}&type=output"))


asyncio.run(main())
