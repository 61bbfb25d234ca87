"""A contact sheet: one row per avatar, one column per view, and the drawn portrait if there is one."""

import logging
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageDraw

from panic3d.datasets.drawings import DRAWING
from panic3d.datasets.reader import Report, iterate_samples
from panic3d.shards.schema import read_png

logger = logging.getLogger(__name__)
CAPTION_PX = 14
BACKGROUND = (228, 232, 238)
"""Not white, so that white avatars have an outline."""


def make_contact_sheet(folder: Path, cell_px: int, limit: int, report: Report = logger.warning) -> Image.Image | None:
    """Make a sheet of the first `limit` samples with all their colour views. Returns None where there is no sample."""
    rows: list[Image.Image] = []
    for _, key, members in iterate_samples(folder, report):
        views = sorted(
            (name.removesuffix(".rgba.png") for name in members if name.endswith(".rgba.png")), key=_make_view_order
        )
        shown = {view: f"{view}.rgba.png" for view in views}
        if DRAWING in members:
            shown = {"illustration": DRAWING, **shown}
        try:
            pictures = [_composite(read_png(members[name]), cell_px) for name in shown.values()]
        except (OSError, ValueError) as error:
            report(f"{key} has a picture that cannot be read ({error})")
            continue
        row = Image.new("RGB", (cell_px * len(pictures), cell_px + CAPTION_PX), "white")
        for column, picture in enumerate(pictures):
            row.paste(picture, (column * cell_px, CAPTION_PX))
        ImageDraw.Draw(row).text((2, 1), f"{key}   {' '.join(shown)}", fill="black")
        rows.append(row)
        if len(rows) == limit:
            break
    if not rows:
        return None
    sheet = Image.new("RGB", (max(row.width for row in rows), sum(row.height for row in rows)), "white")
    top = 0
    for row in rows:
        sheet.paste(row, (0, top))
        top += row.height
    return sheet


def _make_view_order(view: str) -> tuple[int, str]:
    first = ("front", "left", "back", "right", "top")
    return (first.index(view) if view in first else len(first), view)


def _composite(rgba: UInt8[np.ndarray, "H W 4"], cell_px: int) -> Image.Image:
    picture = Image.new("RGBA", (rgba.shape[1], rgba.shape[0]), BACKGROUND)
    picture.alpha_composite(Image.fromarray(rgba))
    return picture.convert("RGB").resize((cell_px, cell_px), Image.Resampling.BOX)
