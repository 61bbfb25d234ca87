"""`panic3d studio`: a local server with a page on which pictures become heads."""

from pathlib import Path

import click

from panic3d.models.device import Device, device_option
from panic3d.runtime.extras import require_library


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=7860, show_default=True, help="0: any that is free.")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="The address to listen on. Any but this machine's own needs the token that is printed.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("studio"),
    show_default=True,
    help="The folder for the queue and the results; it is made if it does not exist.",
)
@device_option
@click.option("--no-browser", is_flag=True, help="Do not open the page in the browser.")
def studio(port: int, host: str, out: Path, device: Device, no_browser: bool) -> None:
    """Serve a page on which pictures become 3D heads, and a JSON API, on this machine.

    What was not finished goes on when the same command is called again.
    """
    for library in ("fastapi", "uvicorn", "python_multipart"):
        require_library(library, "panic3d studio", "studio")
    from panic3d.studio.web.server import run_studio

    run_studio(host, port, out, device, not no_browser)
