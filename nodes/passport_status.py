"""A node that tells a workflow who runs it."""

from __future__ import annotations

from typing import Any, ClassVar

from ..comfyui.run import describe_current_run


class PassportStatusNode:
    """Outputs who is signed in and which credential this run would use; no secret among it."""

    CATEGORY = "passport"
    DESCRIPTION = "Tells who runs this workflow, and which API key its API nodes use."
    FUNCTION = "describe"
    RETURN_TYPES = ("BOOLEAN", "STRING", "STRING")
    RETURN_NAMES = ("signed_in", "account", "credential")
    OUTPUT_TOOLTIPS = (
        "Whether an account of this server runs the workflow.",
        "The account's name, or nothing.",
        "account, machine, request or none; and the masked key.",
    )

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:  # noqa: N802  # ComfyUI's name for it
        """Take no input."""
        return {"required": {}}

    @classmethod
    def IS_CHANGED(cls) -> float:  # noqa: N802
        """Run each time: another person may run the same workflow next."""
        return float("nan")

    OUTPUT_NODE: ClassVar[bool] = False

    def describe(self) -> tuple[bool, str, str]:
        """Describe the run that this node is part of."""
        run = describe_current_run()
        return run.signed_in, run.account, run.credential
