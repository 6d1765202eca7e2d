"""A file per call to the service under temp/api_logs, which /view serves.

Newer versions of ComfyUI mask the two credential headers, older ones write them in clear.
"""

import json
import time
from pathlib import Path
from typing import Any

import folder_paths
from comfy.cli_args import args

CREDENTIAL_HEADERS = {"authorization", "x-api-key"}


def _shown(headers: dict[str, str]) -> dict[str, str]:
    if args.stand_in_old_leaks:
        return headers
    return {
        name: "***" if name.lower() in CREDENTIAL_HEADERS else value
        for name, value in headers.items()
    }


def log_request_response(  # noqa: PLR0913, PLR0917  (ComfyUI's signature)
    operation_id: str,
    request_method: str,
    request_url: str,
    request_headers: dict[str, str] | None = None,
    request_params: dict[str, Any] | None = None,
    request_data: Any = None,
    response_status_code: int | None = None,
    response_headers: dict[str, str] | None = None,
    response_content: Any = None,
    error_message: str | None = None,
) -> None:
    folder = Path(folder_paths.get_temp_directory(), "api_logs")
    folder.mkdir(parents=True, exist_ok=True)
    entry = {
        "operation": operation_id,
        "request": f"{request_method} {request_url}",
        "headers": _shown(request_headers or {}),
        "params": request_params,
        "data": request_data,
        "status": response_status_code,
        "response_headers": response_headers,
        "response": response_content,
        "error": error_message,
    }
    file = folder / f"{time.time_ns()}_{operation_id.replace('/', '_')}.log"
    file.write_text(json.dumps(entry, indent=2, default=str), encoding="utf-8")
