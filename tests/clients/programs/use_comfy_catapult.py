"""comfy-catapult: HTTP Basic in the URL; follows the job by WebSocket and polling."""
import asyncio
import datetime
import uuid

import aiohttp
from comfy_catapult.api_client import ComfyAPIClient
from comfy_catapult.catapult import ComfyCatapult
from comfy_catapult.catapult_base import JobStatus
from task import address_with_key, filename, graph, is_run, prompt_id, tell_look, tell_run


async def run(client):
    # Queued first and resumed then: its Catapult() in one call fails when its own polling beats the answer of /prompt.
    ticket = await client.PostPrompt(prompt_workflow=graph)
    now = datetime.datetime.now(datetime.timezone.utc)
    unknown = dict.fromkeys(["pending", "running", "success", "errored", "cancelled"])
    status = JobStatus(scheduled=now, comfy_scheduled=now, errors=[], ticket=ticket, **unknown)
    async with ComfyCatapult(comfy_client=client, debug_path=None) as catapult:
        job_id = str(uuid.uuid4())
        await catapult.Resume(job_id=job_id, prepared_workflow=graph, important=["2"], status=status, poll=False)
        _, future = await catapult.GetStatus(job_id=job_id)
        history = await future
    images = [
        await client.GetView(folder_type=image["type"], subfolder=image["subfolder"], filename=image["filename"])
        for image in history["outputs"]["2"]["images"]
    ]
    tell_run(ticket.prompt_id, images)


async def look(client):
    try:
        image = await client.GetView(folder_type="output", subfolder="", filename=filename)
    except (aiohttp.ClientResponseError, ValueError):
        # With a newer aiohttp it stumbles over its own refusal: a ValueError instead.
        image = None
    history = await client.GetHistoryRaw()
    tell_look([history, await client.GetHistoryRaw(prompt_id=prompt_id)], image)


async def main():
    async with ComfyAPIClient(comfy_api_url=address_with_key) as client:
        await (run(client) if is_run else look(client))


asyncio.run(main())
