"""Optional libraries: which extra of the package brings each, and the sentence for where one is missing."""

import importlib.metadata
import importlib.util
import json
from pathlib import Path

from panic3d.runtime.errors import UserError

WITH_DATA = ("data", "benchmark", "blender", "train")
"""The extra `data` and those that contain it."""
EXTRAS_OF_LIBRARY: dict[str, tuple[str, ...]] = {
    "animeface": ("animeface",),
    "bpy": ("blender",),
    "igl": WITH_DATA,
    "fastapi": ("studio",),
    "imageio_ffmpeg": ("video",),
    "jinja2": ("benchmark",),
    "lightning_fabric": ("train",),
    "lpips": ("benchmark", "train"),
    "numba": ("paper", "benchmark", "train"),
    "open3d": WITH_DATA,
    "open_clip": ("clip",),
    "pandas": WITH_DATA,
    "protego": WITH_DATA,
    "pyarrow": WITH_DATA,
    "pyrender": WITH_DATA,
    "python_multipart": ("studio",),
    "ray": ("ray",),
    "requests": WITH_DATA,
    "tabulate": ("benchmark",),
    "tensorboard": ("tracking",),
    "torchvision": ("benchmark", "train"),
    "uvicorn": ("studio",),
    "webdataset": WITH_DATA,
}
"""The extras of pyproject.toml that hold each library, by the name under which the library is imported."""


def is_installed(library: str) -> bool:
    """Return whether a library can be found, without importing it."""
    return importlib.util.find_spec(library) is not None


def require_library(library: str, task: str, extra: str | None = None) -> None:
    """Raise the UserError that names the extra where a library is not installed. `task`: what needs it."""
    if not is_installed(library):
        raise make_missing_library_error(library, task, extra)


def make_missing_library_error(
    library: str, task: str, extra: str | None = None, reason: str = "is not installed"
) -> UserError:
    """Return the error for a library that cannot be used: what needs it, and the command that installs it.

    `extra` is the one to name if it holds the library; otherwise the first that does is named.
    """
    extras = EXTRAS_OF_LIBRARY[library]
    named = extra if extra in extras else extras[0]
    return UserError(f"{task} needs {library}, which {reason}: {format_install_command(named)}")


def explain_import_error(error: ImportError, task: str, extra: str | None = None) -> UserError | None:
    """Return the error that explains a failed import of a library of the extras, None for any other import."""
    library = (error.name or "").partition(".")[0]
    if library not in EXTRAS_OF_LIBRARY or is_installed(library):
        return None
    return make_missing_library_error(library, task, extra)


def format_install_command(extra: str) -> str:
    """Return the pip command that adds an extra to this installation, be it a clone or a wheel.

    The package is on no index: a wheel whose place pip has not recorded is named without its folder.
    """
    clone = Path(__file__).parents[2]
    try:
        direct_url = importlib.metadata.distribution("panic3d").read_text("direct_url.json")
    except importlib.metadata.PackageNotFoundError:
        direct_url = None
    if direct_url is None:
        if (clone / "pyproject.toml").is_file():
            return f"pip install -e '{clone}[{extra}]'"
        return f"pip install 'panic3d-{read_version()}-py3-none-any.whl[{extra}]', with the path of that file"
    origin = json.loads(direct_url)
    if origin.get("dir_info", {}).get("editable"):
        return f"pip install -e '{clone}[{extra}]'"
    return f"pip install 'panic3d[{extra}] @ {origin['url']}'"


def read_version() -> str:
    """Return the version of this installation, or the word VERSION where it is not installed."""
    try:
        return importlib.metadata.version("panic3d")
    except importlib.metadata.PackageNotFoundError:
        return "VERSION"
