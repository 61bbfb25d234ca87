"""What a set of avatars looks like in numbers and on one sheet: `python -m panic3d.datagen.synth.survey.survey --help`.

Views through Blender; `animeface` (the extra `dev`), a detector trained on drawn anime, as an independent judge.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from panic3d.cameras.camera import Camera
from panic3d.datagen.runner.jobs import find_avatars
from panic3d.datagen.synth.survey.variety import (
    composite_grey,
    compute_lpips_distances,
    compute_pairwise_iou,
    find_nearest_distances,
    list_pairs,
)
from panic3d.runtime.progress import Progress
from panic3d.shards.schema import sha256_of

AZIMUTHS_DEG = {"front": 0.0, "left": 90.0, "back": 180.0, "left45": 45.0, "right45": -45.0}
FACE_VIEWS = ("front", "left45", "right45", "back")
HAIR_WORD = "hair"


@contextmanager
def silence_stdout() -> Iterator[None]:
    """Blender tells its progress on standard output; the figures belong there."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def render_file(path: Path, size: int, samples: int) -> dict[str, np.ndarray]:
    """RGBA of each view (V H W 4) and the hair's depth range in the front view in metres (NaN without hair)."""
    from panic3d.datagen.avatars.avatar import load_avatar
    from panic3d.datagen.engines.blender import render_views

    surfaces = load_avatar(path).surfaces
    cameras = [Camera("ortho", azimuth) for azimuth in AZIMUTHS_DEG.values()]
    hair_surfaces = [surface for surface in surfaces if HAIR_WORD in surface.material.name.lower()]
    relief_m = np.nan
    with silence_stdout():
        views = render_views(surfaces, cameras, size, samples, threads=1)
        hair = render_views(hair_surfaces, cameras[:1], size, 1, threads=1) if hair_surfaces else []
    for view in hair:
        # hair is visible where it is the nearest surface of all
        depth_m = view.depth_m[np.abs(view.depth_m - views[0].depth_m) < 1e-4]
        relief_m = float(np.percentile(depth_m, 99.5) - np.percentile(depth_m, 0.5)) if len(depth_m) else np.nan
    return {"rgba": np.stack([view.rgba for view in views]), "relief_m": np.array(relief_m)}


def collect_views(
    files: list[Path], cache: Path, size: int, samples: int
) -> tuple[UInt8[np.ndarray, "N V H W 4"], Float[np.ndarray, " N"]]:
    """Views and hair reliefs of all files; what is in the cache is not rendered again."""
    cache.mkdir(parents=True, exist_ok=True)
    rgba, relief_m = [], []
    with Progress("survey", len(files)) as progress:
        for path in files:
            kept = cache / f"{path.stem}-{sha256_of(path)[:12]}-{size}.npz"
            if not kept.is_file():
                np.savez_compressed(kept, **render_file(path, size, samples))
            with np.load(kept) as data:
                rgba.append(data["rgba"])
                relief_m.append(float(data["relief_m"]))
            progress.step(path.name)
    return np.stack(rgba), np.array(relief_m)


def detect_faces(rgba: UInt8[np.ndarray, "N H W 4"]) -> Float[np.ndarray, " N"]:
    """1 where animeface finds a face, on white. It depends on the pictures' size: 512 pixels are standard."""
    import animeface

    found = []
    for picture in rgba:
        image = Image.new("RGBA", picture.shape[1::-1], "white")
        image.alpha_composite(Image.fromarray(picture))
        found.append(float(len(animeface.detect(image.convert("RGB"))) > 0))
    return np.array(found)


def downsample_grey(rgba: UInt8[np.ndarray, "N H W 4"]) -> Float[np.ndarray, "N h w"]:
    """Grey on white at 256 pixels, as the distances between characters are defined."""
    step = max(1, rgba.shape[1] // 256)
    grey = composite_grey(rgba)
    return grey.reshape(len(grey), grey.shape[1] // step, step, grey.shape[2] // step, step).mean(axis=(2, 4))


def compute_statistics(rgba: UInt8[np.ndarray, "N V H W 4"], relief_m: Float[np.ndarray, " N"]) -> dict[str, Any]:
    """All figures of one set."""
    view = {name: rgba[:, i] for i, name in enumerate(AZIMUTHS_DEG)}
    iou = list_pairs(compute_pairwise_iou(view["left"][:, ::2, ::2, 3] >= 128))
    grey = downsample_grey(view["front"])
    known = relief_m[np.isfinite(relief_m)]
    return {
        "characters": len(rgba),
        "faces": {name: float(detect_faces(view[name]).mean()) for name in FACE_VIEWS},
        "left_iou_mean": float(iou.mean()),
        "left_iou_p95": float(np.percentile(iou, 95)),
        "hair_relief_6cm_share": float((known >= 0.06).mean()) if len(known) else None,
        "hair_relief_median_m": float(np.median(known)) if len(known) else None,
        "nearest_lpips_median": float(np.median(find_nearest_distances(compute_lpips_distances(grey, grey)))),
    }


def draw_contact_sheet(
    rgba: UInt8[np.ndarray, "N V H W 4"], names: tuple[str, ...], columns: int, size: int
) -> Image.Image:
    """Characters row by row, the named views of each side by side, on white."""
    chosen = rgba[:, [list(AZIMUTHS_DEG).index(name) for name in names]]
    rows = -(-len(chosen) // columns)
    picture = Image.new("RGB", (columns * len(names) * size, rows * size), "white")
    for number, views in enumerate(chosen):
        for i, view in enumerate(views):
            tile = Image.fromarray(view).resize((size, size), Image.Resampling.BOX)
            left = ((number % columns) * len(names) + i) * size
            picture.paste(tile, (left, number // columns * size), tile)
    return picture


@click.command()
@click.argument("avatars", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Numbers, sheet, cache.")
@click.option("--against", type=click.Path(path_type=Path, exists=True), multiple=True, help="A set to be far from.")
@click.option("--sheet-only", is_flag=True, help="Only the contact sheet.")
@click.option("--columns", default=5, show_default=True, help="Characters in a row of the sheet.")
@click.option("--tile", default=96, show_default=True, help="Pixels of a view in the sheet.")
@click.option("--views", default="front,left,back", show_default=True, help="Views in the sheet.")
@click.option("--size", default=512, show_default=True, help="Pixels a side.")
@click.option("--samples", default=4, show_default=True, help="Camera rays a pixel.")
def main(
    avatars: tuple[Path, ...],
    out: Path,
    against: tuple[Path, ...],
    sheet_only: bool,
    columns: int,
    tile: int,
    views: str,
    size: int,
    samples: int,
) -> None:
    """Figures and a contact sheet of AVATARS (files or folders)."""
    rgba, relief_m = collect_views(find_avatars(list(avatars)), out / "cache", size, samples)
    draw_contact_sheet(rgba[:100], tuple(views.split(",")), columns, tile).save(out / "sheet.jpg", quality=86)
    if sheet_only:
        return
    result = compute_statistics(rgba, relief_m)
    if against:
        other, _ = collect_views(find_avatars(list(against)), out / "cache", size, samples)
        theirs, ours = downsample_grey(other[:, 0]), downsample_grey(rgba[:, 0])
        within = float(np.median(find_nearest_distances(compute_lpips_distances(theirs, theirs))))
        across = float(np.median(compute_lpips_distances(ours, theirs).min(axis=1)))
        result |= {"nearest_within_other": within, "nearest_to_other": across, "ratio": across / within}
    (out / "survey.json").write_text(json.dumps(result, indent=1) + "\n")
    click.echo(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
