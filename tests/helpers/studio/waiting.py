"""A studio whose heads wait for ever: the application without a worker, called in this process."""

from pathlib import Path

from starlette.testclient import TestClient

from panic3d.studio.heads.store import ResultsFolder
from panic3d.studio.queue.studio import Studio
from panic3d.studio.web.app import make_app
from panic3d.studio.web.guard import Address

HOST, PORT = "127.0.0.1", 7860


def open_waiting_studio(out: Path, address: Address | None = None, host: str = HOST) -> tuple[TestClient, Studio]:
    """Return a client of the application of a results folder; as its lifespan is not run, no worker is started."""
    studio = Studio(ResultsFolder(out), "cpu")
    app = make_app(studio, address or Address(HOST, PORT))
    return TestClient(app, f"http://{host}:{PORT}", raise_server_exceptions=False), studio
