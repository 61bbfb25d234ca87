"""Measure the variety of a set of avatars and draw a contact sheet.

Run `python -m panic3d.datagen.synth.survey.survey --help`. `animeface`, a detector that was trained on drawn anime,
counts the faces that an independent program finds.
"""

import json
from pathlib import Path
from typing import Any

import click
import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from panic3d.datagen.engines.availability import ENGINES, Engine
from panic3d.datagen.runner.jobs import find_avatars
from panic3d.datagen.synth.survey.rendering import AZIMUTHS_DEG, collect_views
from panic3d.datagen.synth.survey.variety import (
    composite_grey,
    compute_lpips_distances,
    compute_pairwise_iou,
    find_nearest_distances,
    list_pairs,
)
from panic3d.runtime.files import write_atomically, write_image_atomically

FACE_VIEWS = ("front", "left45", "right45", "back")
"""The views in which faces are detected; the back should show none."""
GREY_PIXELS = 256
MAX_SHEET_CHARACTERS = 100


def detect_faces(rgba: UInt8[np.ndarray, "N H W 4"]) -> Float[np.ndarray, " N"]:
    """Return 1 where animeface finds a face, on white.

    The result depends on the size of the images: 512 pixels are standard.
    """
    import animeface

    found = []
    for picture in rgba:
        image = Image.new("RGBA", picture.shape[1::-1], "white")
        image.alpha_composite(Image.fromarray(picture))
        found.append(float(len(animeface.detect(image.convert("RGB"))) > 0))
    return np.array(found)


def downsample_grey(rgba: UInt8[np.ndarray, "N H W 4"]) -> Float[np.ndarray, "N h w"]:
    """Return grey images on white of 256 pixels, for which distances between characters are defined."""
    step = max(1, rgba.shape[1] // GREY_PIXELS)
    grey = composite_grey(rgba)
    return grey.reshape(len(grey), grey.shape[1] // step, step, grey.shape[2] // step, step).mean(axis=(2, 4))


def compute_statistics(rgba: UInt8[np.ndarray, "N V H W 4"], relief_m: Float[np.ndarray, " N"]) -> dict[str, Any]:
    """Compute all figures of one set from its views and hair reliefs."""
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
    """Draw the named views of each character side by side, row by row, on white."""
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
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="The folder of survey.json, sheet.jpg and the cache of rendered views.",
)
@click.option(
    "--against",
    type=click.Path(path_type=Path, exists=True),
    multiple=True,
    help="Avatars from which the distance of AVATARS is measured; can be repeated.",
)
@click.option("--sheet-only", is_flag=True, help="Draw the contact sheet without measuring.")
@click.option("--columns", default=5, show_default=True, help="The number of characters per row of the sheet.")
@click.option("--tile", default=96, show_default=True, help="The side of a view in the sheet, in pixels.")
@click.option(
    "--views",
    default="front,left,back",
    show_default=True,
    help=f"The views in the sheet, separated by commas: any of {', '.join(AZIMUTHS_DEG)}.",
)
@click.option("--size", default=512, show_default=True, help="The side of the rendered views, in pixels.")
@click.option(
    "--engine", type=click.Choice(ENGINES), default="cycles", show_default=True, help="What renders the views."
)
@click.option("--samples", default=4, show_default=True, help="The number of camera rays per pixel.")
def main(
    avatars: tuple[Path, ...],
    out: Path,
    against: tuple[Path, ...],
    sheet_only: bool,
    columns: int,
    tile: int,
    views: str,
    size: int,
    engine: Engine,
    samples: int,
) -> None:
    """Measure the variety of AVATARS (files or folders) and draw a contact sheet of them."""
    rgba, relief_m = collect_views(find_avatars(list(avatars)), out / "cache", size, samples, engine)
    sheet = draw_contact_sheet(rgba[:MAX_SHEET_CHARACTERS], tuple(views.split(",")), columns, tile)
    write_image_atomically(out / "sheet.jpg", sheet, quality=86)
    if sheet_only:
        return
    result = compute_statistics(rgba, relief_m)
    if against:
        other, _ = collect_views(find_avatars(list(against)), out / "cache", size, samples, engine)
        theirs, ours = downsample_grey(other[:, 0]), downsample_grey(rgba[:, 0])
        within = float(np.median(find_nearest_distances(compute_lpips_distances(theirs, theirs))))
        across = float(np.median(compute_lpips_distances(ours, theirs).min(axis=1)))
        result |= {"nearest_within_other": within, "nearest_to_other": across, "ratio": across / within}
    write_atomically(out / "survey.json", (json.dumps(result, indent=1) + "\n").encode())
    click.echo(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
