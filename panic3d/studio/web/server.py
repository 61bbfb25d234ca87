"""Run the studio until Ctrl-C or SIGTERM."""

import asyncio
import logging
import socket
import threading
import webbrowser
from pathlib import Path

import click
import uvicorn

from panic3d.runtime.errors import UserError
from panic3d.runtime.folder_lock import lock_folder
from panic3d.studio.heads.store import ResultsFolder
from panic3d.studio.queue.studio import Studio
from panic3d.studio.web.app import make_app
from panic3d.studio.web.guard import Address

GRACE_S = 1
"""How long requests may go on after Ctrl-C."""


class _Server(uvicorn.Server):
    """Ends the streams of events before it waits for the end of all requests."""

    def __init__(self, config: uvicorn.Config, studio: Studio, address: Address, opens_browser: bool) -> None:
        super().__init__(config)
        self.studio, self.address, self.opens_browser = studio, address, opens_browser

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        click.echo(f"panic3d studio: {self.address.url}  (Ctrl-C ends it; results in {self.studio.results.root})")
        if self.opens_browser:
            threading.Thread(target=webbrowser.open, args=(self.address.url,), daemon=True).start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.studio.end_subscriptions()
        await super().shutdown(sockets)


def run_studio(host: str, port: int, out: Path, device: str, opens_browser: bool) -> None:
    """Serve the studio of a results folder.

    Raises UserError where the address or the folder is in use. Ends by KeyboardInterrupt.
    """
    with lock_folder(out), _listen(host, port) as listener:
        address = Address.choose(host, listener.getsockname()[1])
        studio = Studio(ResultsFolder(out), device)
        config = uvicorn.Config(
            make_app(studio, address), log_level="warning", access_log=False, server_header=False, ws="none",
            timeout_graceful_shutdown=GRACE_S, proxy_headers=False,
        )  # fmt: skip
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
        asyncio.run(_Server(config, studio, address, opens_browser).serve([listener]))


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=256)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError(f"cannot listen on {host}, port {port} ({reason}): choose another with --port or --host") from (
            error
        )
