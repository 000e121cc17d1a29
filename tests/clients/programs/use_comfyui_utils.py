"""comfyui-utils: host and port only, so HTTP Basic in the address; waits on the WebSocket, finds cached runs in /history."""
import asyncio
import json

from comfyui_utils import comfy
from task import filename, graph, host_with_key, is_run, tell_look, tell_run


class Listener(comfy.Callbacks):
    outputs = None

    async def queue_position(self, position):
        pass

    async def in_progress(self, node_id, progress, total):
        pass

    async def completed(self, outputs, cached):
        self.outputs = outputs


async def fetch(api, image):
    fetched = []

    async def keep(data_file):
        fetched.append(data_file.read())

    await api.fetch(image, keep)
    return fetched[0]


async def main():
    api = comfy.ComfyAPI(host_with_key)
    if not is_run:
        return tell_look(None, await fetch(api, {"filename": filename, "subfolder": "", "type": "output"}))
    listener = Listener()
    await api.submit(graph, listener)
    tell_run(None, [await fetch(api, image) for image in listener.outputs["images"]])


asyncio.run(main())
