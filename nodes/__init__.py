"""The nodes."""

from __future__ import annotations

from .passport_status import PassportStatusNode

NODE_CLASS_MAPPINGS = {"PassportStatus": PassportStatusNode}
NODE_DISPLAY_NAME_MAPPINGS = {"PassportStatus": "Passport Status"}
