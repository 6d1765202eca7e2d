"""What a practice run is made of: persons with keys, a graph, the settings of a fresh browser.

The keys have the shape of real ones and are worth nothing: only the fake service knows them.
"""

import hashlib
import json
from dataclasses import dataclass, field
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
class Subscription:
    """A customer's subscription at the fake service; the default is none."""

    is_active: bool = False
    id: str | None = None
    tier: str | None = None
    duration: str | None = None
    renewal_date: str | None = None
    end_date: str | None = None

    def told(self, has_fund: bool) -> dict[str, Any]:
        """As the service tells it."""
        return {
            "is_active": self.is_active,
            "subscription_id": self.id,
            "subscription_tier": self.tier,
            "subscription_duration": self.duration,
            "has_fund": has_fund,
            "renewal_date": self.renewal_date,
            "end_date": self.end_date,
        }


RENEWING = Subscription(True, "sub-practice-1", "CREATOR", "MONTHLY", "2027-01-01T00:00:00Z")
ENDING = Subscription(True, "sub-practice-2", "STANDARD", "ANNUAL", end_date="2027-06-01T00:00:00Z")


@dataclass
class Person:
    """A customer of the fake service, and somebody whom the peers can know.

    Who is not `provisioned` logs in at the service and is no customer of it before POST /customers.
    """

    id: str
    name: str
    email: str
    key: str
    token: str
    api_keys_allowed: bool = True
    email_verified: bool = True
    provisioned: bool = True
    subscription: Subscription = field(default_factory=Subscription)


def _person(
    name: str, subscription: Subscription | None = None, api_keys_allowed: bool = True
) -> Person:
    first = name.partition(" ")[0].lower()
    return Person(
        id=hashlib.sha256(f"practice id of {name}".encode()).hexdigest()[:28],
        name=name,
        email=f"{first}@practice.example",
        key=practice_key(name),
        token=f"practice-token-of-{first}",
        api_keys_allowed=api_keys_allowed,
        subscription=subscription or Subscription(),
    )


ADA = _person("Ada Practice", RENEWING)
BEN = _person("Ben Practice", ENDING)
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
