"""Hidden inputs: what a node may ask the server for besides its visible inputs."""

from dataclasses import dataclass
from enum import Enum
from typing import Any, TypedDict


class Hidden(str, Enum):
    unique_id = "UNIQUE_ID"
    prompt = "PROMPT"
    extra_pnginfo = "EXTRA_PNGINFO"
    dynprompt = "DYNPROMPT"
    auth_token_comfy_org = "AUTH_TOKEN_COMFY_ORG"  # noqa: S105  (the name of an input)
    api_key_comfy_org = "API_KEY_COMFY_ORG"
    comfy_usage_source = "COMFY_USAGE_SOURCE"


class V3Data(TypedDict):
    hidden_inputs: dict[Hidden, Any]


@dataclass
class HiddenHolder:
    """`cls.hidden` of a V3 node while it runs; what was not asked for is None."""

    unique_id: str | None = None
    prompt: Any = None
    extra_pnginfo: Any = None
    dynprompt: Any = None
    auth_token_comfy_org: str | None = None
    api_key_comfy_org: str | None = None
    comfy_usage_source: str | None = None

    @classmethod
    def from_v3_data(cls, v3_data: V3Data | None) -> "HiddenHolder":
        values = v3_data["hidden_inputs"] if v3_data else {}
        return cls(**{hidden.name: value for hidden, value in values.items()})
