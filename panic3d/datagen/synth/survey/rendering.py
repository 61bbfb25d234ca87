"""Views of the surveyed avatars, rendered and cached."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8

from panic3d.cameras.camera import Camera
from panic3d.datagen.engines.availability import Engine
from panic3d.datagen.engines.engine import render_views
from panic3d.runtime.progress import Progress
from panic3d.shards.schema import compute_sha256

AZIMUTHS_DEG = {"front": 0.0, "left": 90.0, "back": 180.0, "left45": 45.0, "right45": -45.0}
"""The rendered views by name."""
HAIR_WORD = "hair"
"""Materials whose name contains this are hair."""
MAX_VISIBLE_GAP_M = 1e-4


@contextmanager
def silence_stdout() -> Iterator[None]:
    """Discard the standard output of Blender, which reports its progress there."""
    sys.stdout.flush()
    kept, null = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(null)


def render_file(path: Path, size: int, samples: int, engine: Engine = "cycles") -> dict[str, np.ndarray]:
    """Render all views of an avatar.

    Returns `rgba` (V H W 4) and `relief_m`, the depth range of the visible hair in the front view in metres, which is
    NaN without hair.
    """
    from panic3d.datagen.avatars.avatar import load_avatar

    surfaces = load_avatar(path).surfaces
    cameras = [Camera("ortho", azimuth) for azimuth in AZIMUTHS_DEG.values()]
    hair_surfaces = [surface for surface in surfaces if HAIR_WORD in surface.material.name.lower()]
    relief_m = np.nan
    with silence_stdout():
        views = render_views(engine, surfaces, cameras, size, samples, threads=1)
        hair = render_views(engine, hair_surfaces, cameras[:1], size, 1, threads=1) if hair_surfaces else []
    for view in hair:
        # Hair is visible where it is the nearest of all surfaces.
        depth_m = view.depth_m[np.abs(view.depth_m - views[0].depth_m) < MAX_VISIBLE_GAP_M]
        relief_m = float(np.percentile(depth_m, 99.5) - np.percentile(depth_m, 0.5)) if len(depth_m) else np.nan
    return {"rgba": np.stack([view.rgba for view in views]), "relief_m": np.array(relief_m)}


def collect_views(
    files: list[Path], cache: Path, size: int, samples: int, engine: Engine = "cycles"
) -> tuple[UInt8[np.ndarray, "N V H W 4"], Float[np.ndarray, " N"]]:
    """Return views and hair reliefs (see `render_file`) of all files; cached files are not rendered again."""
    cache.mkdir(parents=True, exist_ok=True)
    rgba, relief_m = [], []
    with Progress("survey", len(files)) as progress:
        for path in files:
            kept = cache / f"{path.stem}-{compute_sha256(path)[:12]}-{size}-{engine}.npz"
            if not kept.is_file():
                np.savez_compressed(kept, **render_file(path, size, samples, engine))
            with np.load(kept) as data:
                rgba.append(data["rgba"])
                relief_m.append(float(data["relief_m"]))
            progress.step(path.name)
    return np.stack(rgba), np.array(relief_m)
