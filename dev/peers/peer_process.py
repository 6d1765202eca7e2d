"""A peer as a child process, and the control every peer has."""

import json
import shutil
import subprocess
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..child_process import Child, stop_all
from ..environment import ROOT, Missing

if TYPE_CHECKING:
    from typing_extensions import Self

HERE = Path(__file__).parent
ANSWER_SECONDS = 10


def node() -> str:
    """Where Node is. Missing, in one line, when it is not."""
    found = shutil.which("node")
    if found is None:
        raise Missing("Node.js is not here, and the servers in dev/peers need version 20 or newer.")
    return found


class PeerProcess:
    """`with OpenIdProvider() as peer: peer.url …`. `reset()` makes it as it was at the start."""

    script = ""
    needs = ""

    def __init__(self) -> None:
        self.url = self.control_url = ""
        self._child: Child | None = None

    def __enter__(self) -> "Self":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def command(self) -> list[str]:
        """What to start. Missing when something it needs is not installed."""
        program = node()
        if not (ROOT / "node_modules" / self.needs).is_dir():
            raise Missing(
                f"npm's {self.needs} is not installed: run `python3 dev test` or `npm ci`."
            )
        return [program, str(HERE / self.script)]

    def start(self) -> Child:
        """Start and wait until it serves; Missing when it cannot."""
        # One line of ours among those of its libraries, then nothing more.
        self._child = Child(self.command(), output=subprocess.PIPE)
        for line in self._child.process.stdout or ():
            if line.startswith(b"{"):
                found = json.loads(line)
                self.url, self.control_url = found["url"], found["control_url"]
                return self._child
        self.stop()
        raise Missing(f"{self.script} ended before it served; what it said stands above.")

    def stop(self) -> None:
        if self._child is not None:
            stop_all([self._child])

    def reset(self) -> None:
        """Forget all that a test set, and all sessions, codes and tokens."""
        self.control(reset=True)

    def control(self, **asked: Any) -> dict[str, Any]:
        """Set what is asked (see the script), and give the peer's state."""
        data = json.dumps(asked).encode()
        headers = {"Content-Type": "application/json"}
        return self._exchange(urllib.request.Request(self.control_url, data, headers))  # noqa: S310

    def state(self) -> dict[str, Any]:
        return self._exchange(urllib.request.Request(self.control_url))  # noqa: S310

    def answer(self, path: str, body: Any = "", *, status: int = 500, **more: Any) -> None:
        """Answer the next call of the path (the next `times` ones) with this instead."""
        self.control(answer={"path": path, "status": status, "body": body, **more})

    def calls(self, path: str) -> list[dict[str, Any]]:
        """The calls of a path since the start or the last reset: method, path, status."""
        return [call for call in self.state()["calls"] if call["path"] == path]

    def _exchange(self, request: urllib.request.Request) -> Any:
        # No proxy: the peer is on this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=ANSWER_SECONDS) as response:
            return json.loads(response.read())
