"""The requests of the API. Every path in them is looked up in the records; none is taken from a request."""

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, HTTPException, Path, Response, UploadFile
from fastapi.responses import FileResponse, StreamingResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import ValidationError

from panic3d.runtime.files import open_atomically
from panic3d.runtime.sentences import shorten_sentence
from panic3d.studio.heads.files import BACK_FILE, MEDIA_TYPES, UPLOAD_FILE, name_download
from panic3d.studio.heads.records import HeadList, HeadRecord, HeadReference, StoredHead
from panic3d.studio.heads.settings import HeadSettings, check_settings, merge_settings
from panic3d.studio.queue.studio import Studio
from panic3d.studio.web.archive import stream_zip
from panic3d.studio.web.guard import MAX_PICTURE_BYTES
from panic3d.studio.web.info import StudioInfo, describe_studio

MAX_NAME_CHARS = 120
MAX_SETTINGS_CHARS = 100_000
HeadId = Annotated[str, Path(description="The id that the upload was answered with", examples=["0123456789abcdef"])]
FileName = Annotated[str, Path(description="A name in the head's list of files")]


def make_routes(studio: Studio) -> APIRouter:
    """Return the routes of a studio."""
    router = APIRouter(prefix="/api")

    def find(head_id: str) -> StoredHead:
        if head_id not in studio.heads:
            raise HTTPException(404, "there is no such head")
        return studio.heads[head_id]

    @router.get("/info")
    async def get_info() -> StudioInfo:
        """What can be chosen, and what is accepted."""
        return await asyncio.to_thread(describe_studio)

    @router.post("/heads", status_code=202)
    async def add_head(
        picture: Annotated[UploadFile, File(description="The picture, in any common format")],
        back: Annotated[UploadFile | None, File(description="A picture of the character from behind")] = None,
        settings: Annotated[str | None, Form(description="HeadSettings as JSON", max_length=MAX_SETTINGS_CHARS)] = None,
    ) -> HeadReference:
        """Upload a picture, and queue its head."""
        chosen = _read_settings(settings)
        await asyncio.to_thread(check_settings, chosen)
        head_id = await asyncio.to_thread(studio.results.make_head_folder)
        try:
            await _receive(studio, head_id, picture, UPLOAD_FILE)
            if back is not None:
                await _receive(studio, head_id, back, BACK_FILE)
            await studio.add(head_id, _make_display_name(picture.filename), chosen, back is not None)
        except BaseException:
            await studio.results.remove(head_id)
            raise
        return HeadReference(id=head_id)

    @router.get("/heads")
    async def list_heads() -> HeadList:
        """All heads, newest first."""
        return HeadList(heads=studio.list_records())

    @router.get("/heads/{head_id}")
    async def get_head(head_id: HeadId) -> HeadRecord:
        """Everything about one head."""
        return find(head_id).record

    @router.patch("/heads/{head_id}", status_code=202)
    async def change_head(head_id: HeadId, settings: HeadSettings) -> HeadReference:
        """Change settings, null takes one back; what they concern is made again."""
        merged, _ = merge_settings(find(head_id).record.settings, settings)
        await asyncio.to_thread(check_settings, merged)
        find(head_id)
        await studio.change(head_id, settings)
        return HeadReference(id=head_id)

    @router.put("/heads/{head_id}/matte", status_code=202)
    async def paint_matte(
        head_id: HeadId, matte: Annotated[UploadFile, File(description="Alpha of the aligned portrait: a grey PNG")]
    ) -> HeadReference:
        """Take a painted matte of 512 by 512 pixels instead of the computed one."""
        if find(head_id).record.frame is None:
            raise HTTPException(409, "this picture has no frame yet that a matte could be painted in")
        name = f"matte-{secrets.token_hex(4)}"
        await _receive(studio, head_id, matte, name)
        find(head_id)
        await studio.paint_matte(head_id, studio.results.get_folder(head_id) / name)
        return HeadReference(id=head_id)

    @router.delete("/heads/{head_id}/matte", status_code=202)
    async def take_matte_back(head_id: HeadId) -> HeadReference:
        """Compute the matte again."""
        find(head_id)
        await studio.paint_matte(head_id, None)
        return HeadReference(id=head_id)

    @router.put("/heads/{head_id}/back", status_code=202)
    async def give_back_picture(
        head_id: HeadId, back: Annotated[UploadFile, File(description="A picture of the character from behind")]
    ) -> HeadReference:
        """Take a picture from behind into account."""
        find(head_id)
        await _receive(studio, head_id, back, BACK_FILE)
        find(head_id)
        await studio.give_back_picture(head_id, True)
        return HeadReference(id=head_id)

    @router.delete("/heads/{head_id}/back", status_code=202)
    async def take_back_picture_away(head_id: HeadId) -> HeadReference:
        """Make the head without the picture from behind."""
        find(head_id)
        await studio.give_back_picture(head_id, False)
        return HeadReference(id=head_id)

    @router.post("/heads/{head_id}/turntable", status_code=202)
    async def make_turntable(head_id: HeadId) -> HeadReference:
        """Add a WebP in which the head turns once to its files."""
        if find(head_id).record.status in ("failed", "cancelled"):
            raise HTTPException(409, "there is no finished head that could be turned")
        await studio.make_turntable(head_id)
        return HeadReference(id=head_id)

    @router.post("/heads/{head_id}/cancel", status_code=202)
    async def cancel_head(head_id: HeadId) -> HeadReference:
        """Take a head from the queue, or end the work on it; a finished head stays."""
        find(head_id)
        await studio.cancel(head_id)
        return HeadReference(id=head_id)

    @router.delete("/heads/{head_id}", status_code=204)
    async def remove_head(head_id: HeadId) -> Response:
        """Cancel a head and remove its files."""
        find(head_id)
        await studio.remove(head_id)
        return Response(status_code=204)

    @router.get(
        "/heads/{head_id}/files/{name}",
        response_class=FileResponse,
        responses={200: {"content": {kind: {} for kind in sorted(set(MEDIA_TYPES.values()))}}},
    )
    async def get_file(head_id: HeadId, name: FileName, download: Literal["1"] | None = None) -> FileResponse:
        """Return a file of a head; with `download=1` browsers save it."""
        record = find(head_id).record
        found = next((file for file in record.files if file.name == name), None)
        path = None if found is None else studio.results.get_folder(head_id) / found.name
        if found is None or path is None or not path.is_file():
            raise HTTPException(404, "this head has no such file")
        saved_as = name_download(record.name, found.name) if download else None
        return FileResponse(path, media_type=MEDIA_TYPES[found.kind], filename=saved_as)

    @router.get(
        "/heads/{head_id}/all.zip",
        response_class=StreamingResponse,
        responses={200: {"content": {"application/zip": {}}}},
    )
    async def get_archive(head_id: HeadId) -> StreamingResponse:
        """Return all files of a head."""
        record = find(head_id).record
        folder = studio.results.get_folder(head_id)
        chosen = [(folder / file.name, name_download(record.name, file.name)) for file in record.files]
        headers = {"Content-Disposition": 'attachment; filename="head.zip"'}
        return StreamingResponse(stream_zip(chosen), media_type="application/zip", headers=headers)

    @router.get("/events", response_class=EventSourceResponse)
    async def follow() -> AsyncIterator[ServerSentEvent]:
        """All heads as `head` events, then every change of one; `removed` has its id."""
        changes = studio.subscribe()
        try:
            while (change := await changes.get()) is not None:
                name, value = change
                yield ServerSentEvent(event=name, data=value if isinstance(value, HeadRecord) else {"id": value})
        finally:
            studio.unsubscribe(changes)

    return router


async def _receive(studio: Studio, head_id: str, upload: UploadFile, name: str) -> None:
    """Write an upload into the folder of a head. Raises HTTPException where it is too large or empty."""
    if upload.size is not None and upload.size > MAX_PICTURE_BYTES:
        raise HTTPException(413, f"the picture is too large: at most {MAX_PICTURE_BYTES >> 20} MB are taken")
    path = studio.results.get_folder(head_id) / name

    def copy() -> None:
        with open_atomically(path) as file:
            shutil.copyfileobj(upload.file, file)

    await asyncio.to_thread(copy)


def _read_settings(text: str | None) -> HeadSettings:
    if not text:
        return HeadSettings()
    try:
        return HeadSettings.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise HTTPException(422, f"settings{'.' if place else ''}{place}: {first['msg']}") from error


def _make_display_name(given: str | None) -> str:
    """Return the last part of a name, as it is shown; it is never a path."""
    last = (given or "").replace("\\", "/").rpartition("/")[2].strip()
    return shorten_sentence(last, MAX_NAME_CHARS) or "picture"
