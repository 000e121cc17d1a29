"""comfyui-workflow-client: host and port only, so HTTP Basic in the address; waits on the WebSocket."""
import asyncio

from comfyuiclient import ComfyUIClientAsync
from task import filename, graph_file, host_with_key, is_run, prompt_id, tell_look, tell_run


async def main():
    client = ComfyUIClientAsync(host_with_key, graph_file)
    await client.connect()
    try:
        if is_run:
            images, _ = await client.get_images(client.comfyui_prompt)
            tell_run(None, images["2"])
        else:
            try:
                image = await client.get_image(filename, "", "output")
            except ConnectionError:
                image = None
            tell_look(await client.get_history(prompt_id), image)
    finally:
        await client.close()


asyncio.run(main())
