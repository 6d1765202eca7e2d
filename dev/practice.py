"""What a practice run is made of: two persons with keys, a graph, the settings of a fresh browser.

The keys have the shape of real ones and are worth nothing: only the fake service knows them.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEMO_GRAPH = Path(__file__).parent / "host" / "packs" / "stand_in_demo" / "web" / "demo_graph.json"
KEY_PREFIX = "comfyui-"
KEY_LENGTH = 72


def practice_key(name: str) -> str:
    """A key of the right shape, the same every time, that says what it is."""
    secret_length = KEY_LENGTH - len(KEY_PREFIX) - len("practice")
    digest = hashlib.sha256(f"practice key of {name}".encode()).hexdigest()
    return f"{KEY_PREFIX}practice{digest[:secret_length]}"


@dataclass
class Person:
    """A customer of the fake service."""

    id: str
    name: str
    email: str
    key: str
    token: str
    api_keys_allowed: bool = True
    email_verified: bool = True


def _person(name: str, api_keys_allowed: bool = True) -> Person:
    first = name.partition(" ")[0].lower()
    return Person(
        id=hashlib.sha256(f"practice id of {name}".encode()).hexdigest()[:28],
        name=name,
        email=f"{first}@practice.example",
        key=practice_key(name),
        token=f"practice-token-of-{first}",
        api_keys_allowed=api_keys_allowed,
    )


ADA = _person("Ada Practice")
BEN = _person("Ben Practice")
FAY = _person("Fay Freetier", api_keys_allowed=False)
PRACTICE_KEY = ADA.key
PRACTICE_KEY_2 = BEN.key
FREE_TIER_KEY = FAY.key


def demo_prompt() -> dict[str, Any]:
    """The demo graph in ComfyUI's API format: goes into the `prompt` field of POST /prompt."""
    inputs = {"prompt": "Who am I?", "service_answer": "normal", "seed": 0}
    title = {"title": "Practice API Node"}
    return {"1": {"class_type": "PracticeApiNode", "inputs": inputs, "_meta": title}}


def comfyui_demo_prompt() -> dict[str, Any]:
    """The same for a real ComfyUI: one of its own API nodes, in all supported versions."""
    picture = {"prompt": "A practice picture", "seed": 0, "size": "256x256", "n": 1}
    return {
        "1": {"class_type": "OpenAIDalle2", "inputs": picture},
        "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
    }


def demo_graph() -> dict[str, Any]:
    """The same graph in the frontend's own format."""
    return json.loads(DEMO_GRAPH.read_text(encoding="utf-8"))


def fresh_settings(frontend_version: str) -> dict[str, Any]:
    """Settings of the interface that spare a newcomer the tours of another program."""
    return {"Comfy.TutorialCompleted": True, "Comfy.InstalledVersion": frontend_version}
