"""Starts the stand-in as ComfyUI's main.py starts ComfyUI, in the same order."""

import os
import sys
import threading

import comfy.options

comfy.options.enable_args_parsing()

from app.logger import setup_logger  # noqa: E402
from comfy.cli_args import args  # noqa: E402

setup_logger(args.verbose)

import asyncio  # noqa: E402
import logging  # noqa: E402
import shutil  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import comfy.model_management  # noqa: E402
import comfy.utils  # noqa: E402
import execution  # noqa: E402
import folder_paths  # noqa: E402
import nodes  # noqa: E402
import server  # noqa: E402
from comfyui_version import __version__  # noqa: E402
from stand_in_routes.description_routes import STAND_IN  # noqa: E402


def _with_sensitive(item: Any) -> dict[str, Any]:
    """extra_data as the executor gets it: a copy, with the keys of the sixth element in it.

    Versions without a sixth element hand on what the client sent, whatever it is.
    """
    return {**item[3], **item[5]} if len(item) > 5 else item[3]  # noqa: PLR2004


def prompt_worker(queue: execution.PromptQueue, prompt_server: server.PromptServer) -> None:
    executor = execution.PromptExecutor(prompt_server)
    while True:
        taken = queue.get(timeout=1000.0)
        if taken is None:
            continue
        item, item_id = taken
        prompt_server.last_prompt_id = item[1]
        executor.execute(item[2], item[1], _with_sensitive(item), item[4])
        status = execution.PromptQueue.ExecutionStatus(
            status_str="success" if executor.success else "error",
            completed=executor.success,
            messages=executor.status_messages,
        )
        queue.task_done(item_id, executor.history_result, status, lambda done: done[:5] + done[6:])
        if prompt_server.client_id is not None:
            message = {"node": None, "prompt_id": item[1]}
            prompt_server.send_sync("executing", message, prompt_server.client_id)
        logging.info("Prompt executed")


def hijack_progress(prompt_server: server.PromptServer) -> None:
    def show(value: int, total: int, _preview: Any, node_id: str | None = None) -> None:
        comfy.model_management.throw_exception_if_processing_interrupted()
        progress = {
            "value": value,
            "max": total,
            "prompt_id": prompt_server.last_prompt_id,
            "node": node_id or prompt_server.last_node_id,
        }
        prompt_server.send_sync("progress", progress, prompt_server.client_id)

    comfy.utils.set_progress_bar_global_hook(show)


def _prepare_folders() -> None:
    shutil.rmtree(folder_paths.get_temp_directory(), ignore_errors=True)
    for folder in (
        folder_paths.get_temp_directory(),
        folder_paths.get_input_directory(),
        folder_paths.get_output_directory(),
    ):
        Path(folder).mkdir(parents=True, exist_ok=True)


def _end_with_parent() -> None:
    """End when the parent does: it holds the other end of our standard input."""
    # Not by sys.stdin: its lock, held by a thread that waits, aborts an orderly exit.
    while os.read(0, 1024):
        pass
    os._exit(0)


async def _run(prompt_server: server.PromptServer) -> None:
    await prompt_server.setup()
    addresses = [(address, args.port) for address in args.listen.split(",")]
    await asyncio.gather(prompt_server.start_multi_address(addresses), prompt_server.publish_loop())


def main() -> None:
    logging.info(STAND_IN)
    logging.info("Python version: %s", sys.version)
    logging.info("ComfyUI version (stood in for): %s", __version__)
    if args.stand_in_ends_with_parent:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    _prepare_folders()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    prompt_server = server.PromptServer(loop)
    loop.run_until_complete(nodes.init_extra_nodes())
    prompt_server.add_routes()
    hijack_progress(prompt_server)
    arguments = (prompt_server.prompt_queue, prompt_server)
    threading.Thread(target=prompt_worker, daemon=True, args=arguments).start()
    try:
        loop.run_until_complete(_run(prompt_server))
    except KeyboardInterrupt:
        logging.info("\nStopped server")


if __name__ == "__main__":
    main()
