"""Files of the input, output and temp folders: seen by /view, brought by /upload."""

import mimetypes
from pathlib import Path

from aiohttp import web

import folder_paths

RUNS_IN_A_PAGE = ("text/html", "text/javascript", "text/css", "image/svg+xml", "text/xml")


def _file_within(folder_type: str, subfolder: str, filename: str) -> Path:
    """Path of a file in one of the three folders; the answer is an error for any other."""
    root = folder_paths.get_directory_by_type(folder_type)
    if root is None or not filename or filename.startswith("/") or ".." in filename:
        raise web.HTTPBadRequest
    file = Path(root, subfolder, Path(filename).name)
    if not file.resolve().is_relative_to(Path(root).resolve()):
        raise web.HTTPForbidden
    return file


def _free_name(file: Path, overwrite: bool) -> Path:
    candidate, number = file, 1
    while candidate.exists() and not overwrite:
        candidate = file.with_name(f"{file.stem} ({number}){file.suffix}")
        number += 1
    return candidate


async def _store(request: web.Request) -> web.Response:
    form = await request.post()
    image = form.get("image")
    if not isinstance(image, web.FileField):
        raise web.HTTPBadRequest
    folder_type = str(form.get("type", "input"))
    subfolder = str(form.get("subfolder", ""))
    wanted = _file_within(folder_type, subfolder, image.filename)
    file = _free_name(wanted, str(form.get("overwrite")) in {"1", "true"})
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(image.file.read())
    return web.json_response({"name": file.name, "subfolder": subfolder, "type": folder_type})


def add_file_routes(routes: web.RouteTableDef) -> None:
    @routes.get("/view")
    async def view(request: web.Request) -> web.FileResponse:
        query = request.query
        file = _file_within(
            query.get("type", "output"), query.get("subfolder", ""), query.get("filename", "")
        )
        if not file.is_file():
            raise web.HTTPNotFound
        content_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        disposition = f'filename="{file.name}"'
        if content_type in RUNS_IN_A_PAGE:
            content_type, disposition = "application/octet-stream", f"attachment; {disposition}"
        headers = {
            "Content-Disposition": disposition,
            "Content-Type": content_type,
            "X-Content-Type-Options": "nosniff",
        }
        return web.FileResponse(file, headers=headers)

    @routes.post("/upload/image")
    async def upload_image(request: web.Request) -> web.Response:
        return await _store(request)

    @routes.post("/upload/mask")
    async def upload_mask(request: web.Request) -> web.Response:
        return await _store(request)
