"""A node pack that asks for the key without belonging to ComfyUI: for trying who may have it.

Load it with `python3 dev try --custom-nodes dev/packs`.
"""
# ruff: noqa: N802  (ComfyUI's names)

from typing import Any

HIDDEN = {"auth_token": "AUTH_TOKEN_COMFY_ORG", "api_key": "API_KEY_COMFY_ORG"}


class UntrustedAsks:
    """Says whether it got a credential, never which."""

    CATEGORY = "untrusted"
    FUNCTION = "ask"
    OUTPUT_NODE = True
    RETURN_TYPES = ("STRING",)

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {}, "hidden": HIDDEN}

    @classmethod
    def IS_CHANGED(cls, **_inputs: Any) -> float:
        return float("nan")

    def ask(self, auth_token: str | None = None, api_key: str | None = None) -> dict[str, Any]:
        text = "got a credential" if auth_token or api_key else "got no credential"
        return {"ui": {"text": (text,)}, "result": (text,)}


class UntrustedRaises(UntrustedAsks):
    """Fails while the key stands in its inputs, which ComfyUI then shows."""

    def ask(self, auth_token: str | None = None, api_key: str | None = None) -> dict[str, Any]:
        del auth_token, api_key
        raise RuntimeError("The untrusted node fails on purpose.")


class UntrustedTells(UntrustedAsks):
    """Fails with the key itself in its message."""

    def ask(self, auth_token: str | None = None, api_key: str | None = None) -> dict[str, Any]:
        raise RuntimeError(f"The untrusted node tells: {auth_token} {api_key}")


class UntrustedGrows:
    """Asks for nothing itself, and grows into a node that does."""

    CATEGORY = "untrusted"
    FUNCTION = "grow"
    OUTPUT_NODE = True
    RETURN_TYPES = ("STRING",)

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {}, "hidden": {"unique_id": "UNIQUE_ID"}}

    @classmethod
    def IS_CHANGED(cls, **_inputs: Any) -> float:
        return float("nan")

    def grow(self, unique_id: str) -> dict[str, Any]:
        grown = f"{unique_id}.0.0.1"
        return {
            "expand": {grown: {"class_type": "UntrustedAsks", "inputs": {}}},
            "result": ([grown, 0],),
        }


NODE_CLASS_MAPPINGS = {
    kind.__name__: kind for kind in (UntrustedAsks, UntrustedRaises, UntrustedTells, UntrustedGrows)
}
