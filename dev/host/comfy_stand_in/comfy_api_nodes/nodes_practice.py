"""The practice API node in V1 form: asks the fake service, shows who it took the caller for."""
# ruff: noqa: N802  (ComfyUI's names)

import math
from typing import Any

from comfy_api_nodes.util.client import auth_headers, call_service

ANSWERS = ["normal", "401 unauthorized", "500 server error"]


class PracticeApiNode:
    """Stands for any API node of ComfyUI. The service it calls is a fake one."""

    API_NODE = True
    CATEGORY = "api node/practice"
    DESCRIPTION = "Practice: asks a fake of api.comfy.org and shows its answer. Costs nothing."
    FUNCTION = "ask"
    OUTPUT_NODE = True
    RETURN_TYPES = ("STRING",)
    RETURN_NAMES = ("answer",)

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {
            "required": {
                "prompt": ("STRING", {"multiline": True, "default": "Who am I?"}),
                "service_answer": (ANSWERS, {"default": ANSWERS[0]}),
                "seed": ("INT", {"default": 0, "min": 0, "max": 2**31 - 1}),
            },
            "hidden": {
                "auth_token": "AUTH_TOKEN_COMFY_ORG",
                "comfy_api_key": "API_KEY_COMFY_ORG",
                "unique_id": "UNIQUE_ID",
            },
        }

    @classmethod
    def IS_CHANGED(cls, **_inputs: Any) -> float:
        return math.nan

    async def ask(
        self,
        prompt: str,
        service_answer: str,
        seed: int,
        auth_token: str | None = None,
        comfy_api_key: str | None = None,
        unique_id: str | None = None,
    ) -> dict[str, Any]:
        body = {"prompt": prompt, "service_answer": service_answer, "seed": seed}
        headers = auth_headers(auth_token, comfy_api_key)
        answer = await call_service("/proxy/practice/answers", body, headers)
        return {"ui": {"text": (answer["text"],)}, "result": (answer["text"],)}


class PracticeShowText:
    """Shows a text; needs no key."""

    CATEGORY = "practice"
    FUNCTION = "show"
    OUTPUT_NODE = True
    RETURN_TYPES = ("STRING",)

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"text": ("STRING", {"multiline": True, "default": ""})}}

    def show(self, text: str) -> dict[str, Any]:
        return {"ui": {"text": (text,)}, "result": (text,)}


NODE_CLASS_MAPPINGS: dict[str, Any] = {
    "PracticeApiNode": PracticeApiNode,
    "PracticeShowText": PracticeShowText,
}
NODE_DISPLAY_NAME_MAPPINGS = {
    "PracticeApiNode": "Practice API Node",
    "PracticeShowText": "Practice: Show Text",
}
