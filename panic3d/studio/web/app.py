"""The application: the page, its modules, the API, and errors as one sentence each."""

import mimetypes
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from panic3d.runtime.errors import UserError
from panic3d.runtime.extras import read_version
from panic3d.runtime.sentences import shorten_sentence
from panic3d.studio.heads.disk_errors import explain_disk_error
from panic3d.studio.heads.records import ErrorRecord
from panic3d.studio.queue.studio import Studio
from panic3d.studio.web.guard import Address, Guard
from panic3d.studio.web.routes import make_routes

PAGE = Path(str(files("panic3d.studio"))) / "page"
VENDOR = Path(str(files("panic3d.avatar.viewer"))) / "vendor"
ERRORS: dict[int | str, dict[str, object]] = {
    "4XX": {"model": ErrorRecord, "description": "What is wrong with the request, in one sentence"},
    500: {"model": ErrorRecord, "description": "The results folder cannot be used, for another reason than its size"},
    507: {"model": ErrorRecord, "description": "The disk is full"},
}
DESCRIPTION = "Make 3D heads of anime portraits on this machine: upload a picture, follow its head, download the files."


def make_app(studio: Studio, address: Address) -> ASGIApp:
    """Make the application of a studio, protected for an address."""

    @asynccontextmanager
    async def live(app: FastAPI) -> AsyncIterator[None]:
        studio.start()
        yield
        await studio.close()

    app = FastAPI(
        title="panic3d studio", version=read_version(), description=DESCRIPTION, lifespan=live,
        openapi_url="/api/openapi.json", docs_url=None, redoc_url=None, responses=ERRORS,
    )  # fmt: skip
    app.include_router(make_routes(studio))
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_refused)
    app.add_exception_handler(UserError, _answer_user_error)
    app.add_exception_handler(OSError, _answer_disk_error)
    app.add_exception_handler(Exception, _answer_unknown_error)

    @app.get("/", include_in_schema=False)
    async def get_page() -> FileResponse:
        return FileResponse(PAGE / "index.html", media_type="text/html; charset=utf-8")

    mimetypes.add_type("text/javascript", ".js")  # systems may know it as something that browsers refuse
    app.mount("/static/vendor", StaticFiles(directory=VENDOR))
    app.mount("/static", StaticFiles(directory=PAGE, check_dir=False))
    _describe_validation_errors(app)
    return Guard(app, address)


def _describe_validation_errors(app: FastAPI) -> None:
    """Let the description say that wrong requests are answered by one sentence, as all errors are."""
    describe = app.openapi

    def describe_with_sentences() -> dict[str, object]:
        if app.openapi_schema is None:
            schema = describe()
            for path in schema["paths"].values():
                for operation in path.values():
                    operation["responses"].pop("422", None)  # 4XX holds for it
            for name in ("HTTPValidationError", "ValidationError"):
                schema["components"]["schemas"].pop(name, None)
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = describe_with_sentences  # type: ignore[method-assign]


def _answer(status: int, sentence: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": shorten_sentence(sentence)}, status, headers)


async def _answer_invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"] if part not in ("body", "path", "query"))
    return _answer(422, f"{place or 'the request'}: {first['msg']}")


async def _answer_refused(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return _answer(error.status_code, str(error.detail), dict(error.headers or {}))


async def _answer_user_error(_request: Request, error: Exception) -> JSONResponse:
    return _answer(422, str(error))


async def _answer_disk_error(_request: Request, error: Exception) -> JSONResponse:
    """Answer a request whose files could not be written."""
    assert isinstance(error, OSError)
    explained = explain_disk_error(error)
    if explained is None:
        return _answer(500, f"the results folder cannot be used: {error.strerror or type(error).__name__}")
    return _answer(507, explained)


async def _answer_unknown_error(_request: Request, error: Exception) -> JSONResponse:
    return _answer(500, f"the server has met an error that it does not know ({type(error).__name__}): its log has more")
