"""comfyui-xy: HTTP Basic in the URL; polls /history/{id}."""
from comfyui_xy import ComfyUiClient, ComfyUiHttpError
from task import address_with_key, filename, graph, is_run, prompt_id, tell_look, tell_run

with ComfyUiClient(url=address_with_key, raise_on_error=True) as client:
    if is_run:
        prompt_id = client.queue_prompt(graph)
        outputs = client.wait_for_execution(prompt_id, check_interval=0.1, timeout=60)
        tell_run(prompt_id, [response.data for response in client.extract_file_responses(outputs)])
    else:
        try:
            image = client.get_view(filename, "", "output")
        except ComfyUiHttpError:
            image = None
        tell_look([client.get_history_all(), client.get_queue(), client.get_history(prompt_id)], image)
