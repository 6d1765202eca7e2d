"""Handing the credential to the nodes that may have it, as the prompt runs and not before.

Three named functions of ComfyUI take part: `PromptExecutor.execute` (the run begins and ends),
`get_input_data` (a node gets its hidden inputs) and `PromptExecutor.add_message` (the run fails).
Their form is checked first; where it is another one nothing is wrapped, and `prompt_hook` falls
back to the documented `extra_data.api_key_comfy_org`.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any, TypeVar, cast

from ..clock import utc_now
from ..composition import Composition
from ..vault.claims import Claim, Claims
from .extra_data import HANDLE, take_credentials
from .node_packs import find_wanting_node, find_wanting_packs, wants_credential
from .outputs import note_outputs
from .redaction import Redaction
from .run import PassportNodePackNotAllowed, Run, RunRefused, current_run
from .wrapping import fits, is_wrapped, wrap

logger = logging.getLogger("passport")

Result = TypeVar("Result")

EXECUTE = ("self", "prompt", "prompt_id", "extra_data", "execute_outputs")
GET_INPUT_DATA = ("inputs", "class_def", "unique_id")
ADD_MESSAGE = ("self", "event", "data", "broadcast")


class ExecutionBinding:
    """Wraps ComfyUI's executor."""

    def __init__(
        self, composition: Composition, claims: Claims, redaction: Redaction, execution: Any
    ) -> None:
        self._composition = composition
        self._claims = claims
        self._redaction = redaction
        self._execution = execution

    def install(self) -> None:
        """Wrap what is to be wrapped, all of it or nothing; `guarded` tells which."""
        executor = getattr(self._execution, "PromptExecutor", None)
        get_input_data = getattr(self._execution, "get_input_data", None)
        if (
            fits(getattr(executor, "execute", None), EXECUTE)
            and fits(getattr(executor, "add_message", None), ADD_MESSAGE)
            and fits(get_input_data, GET_INPUT_DATA)
            and "extra_data" in inspect.signature(get_input_data).parameters  # pyright: ignore[reportArgumentType]
        ):
            wrap(executor, "execute", EXECUTE, self._execute)
            wrap(self._execution, "get_input_data", GET_INPUT_DATA, self._get_input_data)

    @property
    def guarded(self) -> bool:
        """Whether runs get their credential through us, and nothing else sees it."""
        return is_wrapped(self._execution, "get_input_data") and is_wrapped(
            getattr(self._execution, "PromptExecutor", None), "execute"
        )

    def _execute(self, original: Callable[..., Any]) -> Callable[..., Any]:
        begin, redaction, composition = self._begin, self._redaction, self._composition

        def execute(
            self: Any,
            prompt: Any,
            prompt_id: Any,
            extra_data: Any = None,
            execute_outputs: Any = (),
            *more: Any,
            **named: Any,
        ) -> Any:
            clean = _copy(extra_data)
            run = begin(clean)
            token = current_run.set(run)
            try:
                with run or nullcontext():
                    if run is not None:
                        run.require_active_account()
                        _open_early(run, prompt)
                    _attempt(redaction.cover_logs)
                    result = original(
                        self, prompt, prompt_id, clean, execute_outputs, *more, **named
                    )
                    _attempt(redaction.clean_results, self)
                    note_outputs(composition, run, self)
                    return result
            except RunRefused as refusal:
                return _fail(self, prompt, prompt_id, clean, refusal)
            finally:
                current_run.reset(token)

        return execute

    def _get_input_data(self, original: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(original)

        def get_input_data(*arguments: Any, **named: Any) -> Any:
            run = current_run.get()
            if run is None:
                return original(*arguments, **named)
            call = signature.bind(*arguments, **named)
            node_class = call.arguments["class_def"]
            if "extra_data" in call.arguments and _attempt(wants_credential, node_class):
                secrets = run.secrets_for(node_class)
                revealed = {name: secret.reveal() for name, secret in secrets.items()}
                call.arguments["extra_data"] = {**call.arguments["extra_data"], **revealed}
            return original(*call.args, **call.kwargs)

        return get_input_data

    def _begin(self, extra_data: dict[str, Any]) -> Run | None:
        claim = self._claims.take(extra_data.pop(HANDLE, None))
        # Another extension may have put a credential there after our hook had looked.
        brought = take_credentials(extra_data)
        if brought:
            claim = Claim(utc_now(), brought=brought)
        return Run(self._composition, claim, self._redaction.live) if claim else None


def _attempt(act: Callable[..., Result], *arguments: object) -> Result | None:
    """Do what a run can do without; None when it fails. Else ComfyUI's worker thread would end."""
    try:
        return act(*arguments)
    except Exception as error:  # noqa: BLE001  # a node's own fault perhaps, and the run's to report
        logger.warning("%s failed: %s", act.__name__, type(error).__name__)
        return None


def _copy(extra_data: object) -> dict[str, Any]:
    # ComfyUI before 0.3.68 queues anything, and its worker thread ends on what is no object.
    if isinstance(extra_data, Mapping):
        return dict(cast("Mapping[str, Any]", extra_data))
    return {}


def _open_early(run: Run, prompt: Any) -> None:
    """Open the credential before the first node runs: a refusal must not cost anybody an hour."""
    if run.claim.brought:
        return
    wanted, packs = _attempt(find_wanting_packs, prompt) or (False, {})
    if wanted:
        run.open(set(packs))


def _fail(
    executor: Any, prompt: Any, prompt_id: Any, extra_data: Mapping[str, Any], refusal: RunRefused
) -> None:
    """End the run before it began, as ComfyUI ends one in which a node has failed."""
    pack = refusal.node_pack if isinstance(refusal, PassportNodePackNotAllowed) else None
    executor.server.client_id = extra_data.get("client_id")
    executor.success = False
    executor.status_messages = []
    executor.history_result = {"outputs": {}, "meta": {}}
    executor.add_message("execution_start", {"prompt_id": prompt_id}, broadcast=False)
    node_id = _attempt(find_wanting_node, prompt, pack) or next(iter(prompt))
    failure: dict[str, Any] = {
        "prompt_id": prompt_id,
        "node_id": node_id,
        "node_type": prompt[node_id]["class_type"],
        "executed": [],
        "exception_message": str(refusal),
        "exception_type": type(refusal).__name__,
        "traceback": [],
        "current_inputs": {},
        "current_outputs": [],
    }
    executor.add_message("execution_error", failure, broadcast=False)
