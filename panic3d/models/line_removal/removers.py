"""Everything that turns a drawing into something like a render, by name: the published module and its rivals."""

import importlib
from collections.abc import Callable
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import numpy as np
from jaxtyping import Float, UInt8

from panic3d.runtime.errors import UserError, WrongUsage

Remover = Callable[[UInt8[np.ndarray, "512 512 4"], Float[np.ndarray, "28 2"] | None], UInt8[np.ndarray, "512 512 4"]]
"""Takes a canonical portrait and its landmarks (column and row); gives it without lines, alpha as it was."""
REMOVERS = {
    "line-removal": "panic3d.models.line_removal.painter:load",
    "line-removal-paired": "panic3d.models.line_removal.painter:load_paired",
    "none": "panic3d.models.line_removal.inpainting:load_nothing",
    "inpainting": "panic3d.models.line_removal.inpainting:load",
    "cyclegan": "panic3d.models.baselines.translation.load:load_cyclegan",
    "ugatit": "panic3d.models.baselines.translation.load:load_ugatit",
}
"""Name to `module:function`; the function takes the path of the weights (or None: those shipped)."""


def load_remover(text: str) -> Remover:
    """From `NAME[=WEIGHTS]`, WEIGHTS being a file or a run. WrongUsage lists the names where it is unknown."""
    name, _, weights = text.partition("=")
    remover: Remover = _module_of(name)[1](_weights_file(Path(weights)) if weights else None)
    return remover


def weights_of(text: str) -> Path | None:
    """The weights file that `NAME[=WEIGHTS]` uses; None for removers without any."""
    name, _, weights = text.partition("=")
    if weights:
        return _weights_file(Path(weights))
    module, _ = _module_of(name)
    shipped: Path | None = getattr(module, "SHIPPED_WEIGHTS", {}).get(name)
    return shipped


def _module_of(name: str) -> tuple[ModuleType, Callable[[Path | None], Remover]]:
    if name not in REMOVERS:
        close = get_close_matches(name, REMOVERS, n=1)
        hint = f" (did you mean '{close[0]}'?)" if close else ""
        raise WrongUsage(f"unknown line remover '{name}'{hint}: choose from {', '.join(REMOVERS)}")
    path, function = REMOVERS[name].split(":")
    module = importlib.import_module(path)
    return module, getattr(module, function)


def _weights_file(path: Path) -> Path:
    """A weights file, or the one of a run. UserError where there is none."""
    path = path / "weights.safetensors" if path.is_dir() else path
    if not path.is_file():
        raise UserError(f"expected the weights of a line remover at {path}, found no file")
    return path


def remove_lines(
    rgba: UInt8[np.ndarray, "512 512 4"], landmarks_px: Float[np.ndarray, "28 2"] | None, remover: Remover | None = None
) -> UInt8[np.ndarray, "512 512 4"]:
    """A canonical portrait without its ink lines, as the reconstructor wants it; alpha as it was.

    `landmarks_px`: column and row of the 28 landmarks; eyes, mouth, nose and brows keep their lines. Without them
    nothing of the face is spared. `remover`: by `load_remover`; with our paired weights if not given.
    """
    return (remover or _shipped())(rgba, landmarks_px)


@lru_cache(maxsize=1)
def _shipped() -> Remover:
    return load_remover("line-removal-paired")
