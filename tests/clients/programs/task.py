"""What is a program here asked to do? An address, a name and a key from the environment; the answer goes to stdout."""
import base64
import json
import os
import sys

address = os.environ["GATEHOUSE_ADDRESS"]
name = os.environ["GATEHOUSE_NAME"]
key = os.environ["GATEHOUSE_KEY"]
cookie = os.environ.get("GATEHOUSE_COOKIE", "")
way = os.environ.get("GATEHOUSE_WAY", "")
graph_file = os.environ["GRAPH_FILE"]
graph = json.load(open(graph_file, encoding="utf-8"))
is_run = sys.argv[1] == "run"
# For `look`: what somebody may or may not find.
prompt_id = "" if is_run else sys.argv[2]
filename = "" if is_run else sys.argv[3]

# For clients that take only an address: user information in a URL is HTTP Basic.
host = address.removeprefix("http://")
address_with_key = f"http://{name}:{key}@{host}"
host_with_key = f"{name}:{key}@{host}"


def tell_run(prompt_id, images):
    """The id (None where the client hides it) and the bytes of every image."""
    tell({"promptId": prompt_id, "images": [encode(image) for image in images]})


def tell_look(history, image):
    """Whatever the client says of the history (None where it has no such call), and of the image."""
    tell({"history": history, "image": encode(image)})


def encode(image):
    return None if image is None else base64.b64encode(image).decode()


def tell(answer):
    print("\nANSWER " + json.dumps(answer, default=str))
