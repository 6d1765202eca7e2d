"""Queue and history as one list of jobs, the way newer frontends read them."""

import uuid
from typing import Any

Job = dict[str, Any]

ENDS = ("execution_success", "execution_error", "execution_interrupted")


def validate_job_id(value: Any) -> str:
    """The id unchanged, or ValueError when it is not a canonical UUID."""
    if not isinstance(value, str) or str(uuid.UUID(value)) != value:
        raise ValueError("not a canonical UUID")
    return value


def _without_none(job: Job) -> Job:
    return {name: value for name, value in job.items() if value is not None}


def _of_queue(item: tuple[Any, ...], status: str) -> Job:
    return _without_none(
        {
            "id": item[1],
            "status": status,
            "priority": item[0],
            "create_time": item[3].get("create_time"),
            "outputs_count": 0,
            "previewable_outputs_count": 0,
            "workflow_id": _workflow_id(item[3]),
        }
    )


def _workflow_id(extra_data: dict[str, Any]) -> str | None:
    info: dict[str, Any] = extra_data.get("extra_pnginfo") or {}
    workflow: dict[str, Any] = info.get("workflow") or {}
    return workflow.get("id")


def _ended_as(status: dict[str, Any], messages: dict[str, Any]) -> str:
    if status.get("status_str") != "error":
        return "completed"
    return "cancelled" if "execution_interrupted" in messages else "failed"


def _of_history(prompt_id: str, entry: dict[str, Any], with_outputs: bool) -> Job:
    status: dict[str, Any] = entry.get("status") or {}
    messages: dict[str, Any] = dict(status.get("messages", []))
    number, _, prompt, extra_data = entry["prompt"][:4]
    shown = [
        {"content": item, "nodeId": node_id, "mediaType": "text"}
        for node_id, outputs in entry["outputs"].items()
        for item in outputs.get("text", [])
    ]
    ended = [messages[name]["timestamp"] for name in ENDS if name in messages]
    job: Job = {
        "id": prompt_id,
        "status": _ended_as(status, messages),
        "priority": number,
        "create_time": extra_data.get("create_time"),
        "execution_start_time": messages.get("execution_start", {}).get("timestamp"),
        "execution_end_time": ended[0] if ended else None,
        "execution_error": messages.get("execution_error"),
        "outputs_count": 0,
        "previewable_outputs_count": 0,
        "preview_output": shown[0] if shown else None,
        "workflow_id": _workflow_id(extra_data),
    }
    if with_outputs:
        job["outputs"] = entry["outputs"]
        job["execution_status"] = status
        job["workflow"] = {"prompt": prompt, "extra_data": extra_data}
    return _without_none(job)


class JobList:
    """Jobs of one moment; queue items come without their sixth, sensitive element."""

    def __init__(self, running: list[Any], queued: list[Any], history: dict[str, Any]) -> None:
        self._running = running
        self._queued = queued
        self._history = history

    def one(self, job_id: str) -> Job | None:
        if job_id in self._history:
            return _of_history(job_id, self._history[job_id], with_outputs=True)
        return next((job for job in self._waiting() if job["id"] == job_id), None)

    def all(self, statuses: list[str]) -> list[Job]:
        """Jobs of the given statuses (all when none is given), newest first."""
        ended = [_of_history(key, entry, False) for key, entry in self._history.items()]
        jobs = [job for job in self._waiting() + ended if not statuses or job["status"] in statuses]
        return sorted(jobs, key=lambda job: job.get("create_time", 0), reverse=True)

    def _waiting(self) -> list[Job]:
        running = [_of_queue(item, "in_progress") for item in self._running]
        return running + [_of_queue(item, "pending") for item in self._queued]
