"""Calls of the practice nodes to the service, with the credentials a running prompt has."""

import json
import logging
from typing import Any

from aiohttp import ClientSession, ClientTimeout

from comfy.cli_args import args
from comfy_api_nodes.util import request_logger

UNAUTHORIZED = 401
FIRST_ERROR_STATUS = 400


def auth_headers(auth_token: str | None, api_key: str | None) -> dict[str, str]:
    """The token of a browser's log-in wins over the key, as in ComfyUI."""
    if auth_token:
        return {"Authorization": f"Bearer {auth_token}"}
    return {"X-API-KEY": api_key} if api_key else {}


async def call_service(path: str, body: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    """POST to the service; raises in ComfyUI's words when it refuses."""
    url = args.comfy_api_base.rstrip("/") + path
    if args.stand_in_old_leaks:
        logging.debug("[DEBUG] Request Headers: %s", headers)
    timeout = ClientTimeout(total=60)
    async with (
        ClientSession(timeout=timeout) as session,
        session.post(url, json=body, headers=headers) as response,
    ):
        text = await response.text()
        request_logger.log_request_response(
            operation_id=f"POST_{path}",
            request_method="POST",
            request_url=url,
            request_headers=headers,
            request_data=body,
            response_status_code=response.status,
            response_content=text,
        )
        if response.status == UNAUTHORIZED:
            raise Exception("Unauthorized: Please login first to use this node.")  # noqa: TRY002
        if response.status >= FIRST_ERROR_STATUS:
            raise Exception(f"API Error: {response.status}: {text}")  # noqa: TRY002
        return json.loads(text)
