"""What waits, what runs and what ended."""

from typing import Any

from aiohttp import web

from comfy.cli_args import args
from comfy_execution.jobs import JobList
from comfy_execution.prompt_queue import PromptQueue


def _shown(items: list[Any]) -> list[Any]:
    """Queue items without their sixth, sensitive element; old versions showed all they had."""
    return items if args.stand_in_old_leaks else [item[:5] for item in items]


def _delete(queue: PromptQueue, prompt_id: str) -> bool:
    return queue.delete_queue_item(lambda item: item[1] == prompt_id)


def add_queue_routes(server: Any, routes: web.RouteTableDef) -> None:
    queue: PromptQueue = server.prompt_queue

    @routes.get("/queue")
    async def get_queue(_: web.Request) -> web.Response:
        running, pending = queue.get_current_queue_volatile()
        answer = {"queue_running": _shown(running), "queue_pending": _shown(pending)}
        return web.json_response(answer)

    @routes.post("/queue")
    async def post_queue(request: web.Request) -> web.Response:
        asked = await request.json()
        if asked.get("clear"):
            queue.wipe_queue()
        for prompt_id in asked.get("delete", []):
            _delete(queue, prompt_id)
        return web.Response()


def add_history_routes(server: Any, routes: web.RouteTableDef) -> None:
    queue: PromptQueue = server.prompt_queue

    @routes.get("/history")
    async def get_history(request: web.Request) -> web.Response:
        most = request.query.get("max_items")
        offset = int(request.query.get("offset", -1))
        return web.json_response(queue.get_history(None, int(most) if most else None, offset))

    @routes.get("/history/{prompt_id}")
    async def get_history_of_prompt(request: web.Request) -> web.Response:
        return web.json_response(queue.get_history(request.match_info["prompt_id"]))

    @routes.post("/history")
    async def post_history(request: web.Request) -> web.Response:
        asked = await request.json()
        if asked.get("clear"):
            queue.wipe_history()
        for prompt_id in asked.get("delete", []):
            queue.delete_history_item(prompt_id)
        return web.Response()


def add_job_routes(server: Any, routes: web.RouteTableDef) -> None:
    queue: PromptQueue = server.prompt_queue

    def job_list() -> JobList:
        running, pending = queue.get_current_queue_volatile()
        return JobList(_shown(running), _shown(pending), queue.get_history())

    def cancel(job_id: str) -> bool:
        return _delete(queue, job_id) or queue.interrupt_if_running(job_id)

    @routes.get("/api/jobs")
    async def get_jobs(request: web.Request) -> web.Response:
        statuses = [name for name in request.query.get("status", "").split(",") if name]
        jobs = job_list().all(statuses)
        offset = max(int(request.query.get("offset", 0)), 0)
        limit = int(request.query["limit"]) if "limit" in request.query else None
        page = jobs[offset : None if limit is None else offset + limit]
        pagination = {
            "offset": offset,
            "limit": limit,
            "total": len(jobs),
            "has_more": offset + len(page) < len(jobs),
        }
        return web.json_response({"jobs": page, "pagination": pagination})

    @routes.get("/api/jobs/{job_id}")
    async def get_job(request: web.Request) -> web.Response:
        job = job_list().one(request.match_info["job_id"])
        if job is None:
            return web.json_response({"error": "Job not found"}, status=404)
        return web.json_response(job)

    @routes.post("/api/jobs/{job_id}/cancel")
    async def cancel_job(request: web.Request) -> web.Response:
        return web.json_response({"cancelled": cancel(request.match_info["job_id"])})

    @routes.post("/api/jobs/cancel")
    async def cancel_jobs(request: web.Request) -> web.Response:
        cancelled = [cancel(job_id) for job_id in (await request.json())["job_ids"]]
        return web.json_response({"cancelled": any(cancelled)})
