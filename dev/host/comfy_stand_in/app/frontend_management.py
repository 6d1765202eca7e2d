"""Which frontend is served, and which one ComfyUI would ask for."""

import re

from comfy.cli_args import args

REQUIRED_FRONTEND_VERSION = "1.49.6"


def parse_version(version: str) -> tuple[int, int, int]:
    found = re.match(r"(\d+)\.(\d+)\.(\d+)", version)
    if found is None:
        raise ValueError(f"not a version: {version!r}")
    major, minor, patch = found.groups()
    return int(major), int(minor), int(patch)


def get_required_frontend_version() -> str:
    return REQUIRED_FRONTEND_VERSION


class FrontendManager:
    """The frontend is always given to the stand-in; it downloads nothing."""

    @classmethod
    def get_required_frontend_version(cls) -> str:
        return REQUIRED_FRONTEND_VERSION

    @classmethod
    def default_frontend_path(cls) -> str:
        if args.front_end_root is None:
            raise SystemExit("The stand-in needs --front-end-root FOLDER.")
        return args.front_end_root

    @classmethod
    def init_frontend(cls, version_string: str) -> str:
        return cls.default_frontend_path()
