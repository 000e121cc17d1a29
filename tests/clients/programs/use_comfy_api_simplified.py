"""comfy-api-simplified: user and password of HTTP Basic, also in the WebSocket's URL; waits on the WebSocket."""
import asyncio

from comfy_api_simplified import ComfyApiError, ComfyApiWrapper, ComfyWorkflowWrapper
from task import address, filename, graph_file, is_run, key, name, prompt_id, tell_look, tell_run

api = ComfyApiWrapper(address, user=name, password=key)
if is_run:
    workflow = ComfyWorkflowWrapper(graph_file)
    images = api.queue_and_wait_images(workflow, "Save Image")
    # The same graph again, for the id that the call above keeps to itself.
    again, _ = asyncio.run(api.queue_prompt_and_wait(workflow))
    tell_run(again, images.values())
else:
    try:
        image = api.get_image(filename, "", "output")
    except ComfyApiError:
        image = None
    tell_look(api.get_history(prompt_id), image)
