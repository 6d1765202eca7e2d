"""Careless nodes: each asks for the key and lets it out another way."""
# ruff: noqa: N802, T201, G003, LOG015, PLE1205  (ComfyUI's names, and careless on purpose)

import logging
import traceback
from pathlib import Path

import folder_paths
from server import PromptServer

logger = logging.getLogger(__name__)
# Some packs keep a log of their own.
log_file = Path(folder_paths.get_user_directory(), "leaky_pack.log")
logging.getLogger().addHandler(logging.FileHandler(log_file, encoding="utf-8", delay=True))


class Leaky:
    """Gets the key; the kinds below differ in what they do with it."""

    CATEGORY, FUNCTION, OUTPUT_NODE, RETURN_TYPES = "test", "leak", True, ("STRING",)

    @classmethod
    def INPUT_TYPES(cls):
        hidden = {
            "auth_token": "AUTH_TOKEN_COMFY_ORG",
            "api_key": "API_KEY_COMFY_ORG",
            "unique_id": "UNIQUE_ID",
        }
        return {"required": {}, "hidden": hidden}

    @classmethod
    def IS_CHANGED(cls, **_):
        return float("nan")


class LeakyRaises(Leaky):
    """Fails while the key stands among its inputs."""

    def leak(self, auth_token=None, api_key=None, unique_id=None):
        raise RuntimeError("It fails on purpose.")


class LeakyTells(Leaky):
    """Fails and says the key, the exception's cause too."""

    def leak(self, auth_token=None, api_key=None, unique_id=None):
        try:
            raise ValueError(f"refused: {api_key}")
        except ValueError as error:
            raise RuntimeError(f"No access with {auth_token} {api_key}") from error


class LeakyEchoes(Leaky):
    """Shows the key and hands it on to the next node."""

    def leak(self, auth_token=None, api_key=None, unique_id=None):
        text = f"credential: {auth_token} {api_key}"
        return {
            "ui": {"text": (text,), "more": [{text: [text.encode().decode()]}]},
            "result": (text,),
        }


class LeakyEchoesOnce(LeakyEchoes):
    """The same, and ComfyUI keeps its result for whoever runs it next."""

    @classmethod
    def IS_CHANGED(cls, **_):
        return ""


class LeakyNests(Leaky):
    """Grows into a node that has the key for an ordinary input."""

    def leak(self, auth_token=None, api_key=None, unique_id=None):
        grown = f"{unique_id}.0.0.1"
        shown = {"class_type": "PlainShow", "inputs": {"text": f"nested {auth_token} {api_key}"}}
        return {"expand": {grown: shown}, "result": ([grown, 0],)}


class LeakyLogs(Leaky):
    """Logs the key in every way of `logging`."""

    def leak(self, auth_token=None, api_key=None, unique_id=None):
        logger.debug("headers %s", {"X-API-KEY": api_key, "Authorization": auth_token})
        logging.info("key " + str(api_key))
        logger.warning("%(name)s", {"name": api_key})
        try:
            raise ValueError(f"{auth_token} {api_key}")
        except ValueError:
            logger.exception("While calling with %r:", api_key)
        return {"ui": {"text": ("logged",)}, "result": ("logged",)}


class LeakyLogsBadly(Leaky):
    """Logs with arguments that do not fit, which `logging` forgives and reports in full."""

    def leak(self, auth_token=None, api_key=None, unique_id=None):
        logger.warning("key", auth_token, api_key)
        return {"ui": {"text": ("logged",)}, "result": ("logged",)}


class LeakyPrints(Leaky):
    """Prints the key, and the traceback that tells it."""

    def leak(self, auth_token=None, api_key=None, unique_id=None):
        print("key", api_key, auth_token)
        try:
            raise ValueError(f"{auth_token} {api_key}")
        except ValueError:
            traceback.print_exc()
        return {"ui": {"text": ("printed",)}, "result": ("printed",)}


class LeakySends(Leaky):
    """Sends the key over the socket, to this client and to all, as text and as bytes."""

    def leak(self, auth_token=None, api_key=None, unique_id=None):
        server = PromptServer.instance
        server.send_sync("leaky", {"key": [api_key, {"token": auth_token}]})
        server.send_sync("leaky", {"key": api_key}, server.client_id)
        server.send_progress_text(f"{auth_token} {api_key}", unique_id, server.client_id)
        return {"ui": {"text": ("sent",)}, "result": ("sent",)}


KINDS = (
    LeakyRaises,
    LeakyTells,
    LeakyEchoes,
    LeakyEchoesOnce,
    LeakyNests,
    LeakyLogs,
    LeakyLogsBadly,
    LeakyPrints,
    LeakySends,
)
NODE_CLASS_MAPPINGS = {kind.__name__: kind for kind in KINDS}
