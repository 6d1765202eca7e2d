"""Every way out of the server that somebody could read, and the search for a secret in it."""

import base64
import json
from collections.abc import Iterable, Iterator
from urllib.parse import urlencode

from passport.tests.comfyui.harness.client import Client
from passport.tests.comfyui.harness.hosts import Host

PATHS = (
    "/queue",
    "/prompt",
    "/history",
    "/api/jobs",
    "/internal/logs",
    "/internal/logs/raw",
    "/settings",
    "/users",
    "/system_stats",
    "/userdata?dir=.&recurse=true",
    "/passport/status",
    "/passport/credentials",
    "/passport/node-packs",
    "/passport/checks",
)
PER_PROMPT = ("/history/{}", "/api/jobs/{}")
SHOWN_FOLDERS = ("output", "temp", "input")
LETTERS_TOLD = 16
"""A mask shows the prefix and the last four letters; no part of this length may show."""

Exit = tuple[str, bytes]


def search(secret: str, exits: Iterable[Exit]) -> list[str]:
    """The names of the exits in which the secret, or a telling part of it, stands in clear."""
    needles = _telling_parts(secret)
    return sorted({name for name, content in exits if any(part in content for part in needles)})


def all_exits(host: Host, clients: Iterable[Client], prompt_ids: Iterable[str]) -> Iterator[Exit]:
    """Everything: answers, sockets, files and the console."""
    people = list(clients)
    yield from answers(people, prompt_ids)
    yield from sockets(people)
    yield from files(host)
    yield from views(host, people[0])


def answers(clients: Iterable[Client], prompt_ids: Iterable[str]) -> Iterator[Exit]:
    """What HTTP tells each of these clients."""
    paths = [*PATHS, *(form.format(one) for form in PER_PROMPT for one in prompt_ids)]
    for client in clients:
        for path in paths:
            answer = client.get(path)
            heads = json.dumps(answer.headers).encode()
            yield path, heads + answer.body


def sockets(clients: Iterable[Client]) -> Iterator[Exit]:
    """What each client's web socket has heard so far."""
    for client in clients:
        yield "socket", "\n".join(client.socket.texts).encode()
        yield "socket (binary)", b"\n".join(client.socket.binaries)


def files(host: Host) -> Iterator[Exit]:
    """Every file below the data folder (pictures, temp, user, our store, logs), and the console."""
    yield "console", host.console.read_bytes()
    for file in host.data_folder.rglob("*"):
        relative = file.relative_to(host.data_folder)
        if file.is_file() and relative.parts[0] != "custom_nodes":
            yield f"file {relative.as_posix()}", file.read_bytes()


def views(host: Host, client: Client) -> Iterator[Exit]:
    """What /view gives of the same files."""
    for folder in SHOWN_FOLDERS:
        root = host.data_folder / folder
        for file in root.rglob("*"):
            if file.is_file():
                subfolder = file.parent.relative_to(root).as_posix()
                where = {"type": folder, "subfolder": subfolder, "filename": file.name}
                yield f"view {folder}", client.get(f"/view?{urlencode(where)}").body


def _telling_parts(secret: str) -> list[bytes]:
    text = secret.encode()
    body = text.removeprefix(b"comfyui-")
    parts = [body[i : i + LETTERS_TOLD] for i in range(0, len(body) - LETTERS_TOLD, 4)]
    # The same, as three alignments of Base64 would show it.
    encoded = [base64.b64encode(b"\0" * shift + text)[8:-8] for shift in range(3)]
    return [*parts, *encoded]
