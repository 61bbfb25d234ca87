"""A contact sheet: a row an avatar, a column a view."""

from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageDraw

from panic3d.datasets.reader import Report, samples
from panic3d.shards.schema import read_png

CAPTION_PX = 14
BACKGROUND = (228, 232, 238)  # so that a white avatar is seen


def contact_sheet(folder: Path, cell_px: int, limit: int, report: Report) -> Image.Image | None:
    """The first `limit` samples with every `rgba` view in `meta.json`'s order; None where there is no sample."""
    rows: list[Image.Image] = []
    for _, key, members in samples(folder, report):
        views = [name.removesuffix(".rgba.png") for name in members if name.endswith(".rgba.png")]
        try:
            pictures = [_on_white(read_png(members[f"{view}.rgba.png"]), cell_px) for view in sorted(views, key=_order)]
        except (OSError, ValueError) as error:
            report(f"{key} has a picture that cannot be read ({error})")
            continue
        row = Image.new("RGB", (cell_px * len(pictures), cell_px + CAPTION_PX), "white")
        for column, picture in enumerate(pictures):
            row.paste(picture, (column * cell_px, CAPTION_PX))
        ImageDraw.Draw(row).text((2, 1), f"{key}   {' '.join(sorted(views, key=_order))}", fill="black")
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


def _order(view: str) -> tuple[int, str]:
    first = ("front", "left", "back", "right", "top")
    return (first.index(view) if view in first else len(first), view)


def _on_white(rgba: UInt8[np.ndarray, "H W 4"], cell_px: int) -> Image.Image:
    picture = Image.new("RGBA", (rgba.shape[1], rgba.shape[0]), BACKGROUND)
    picture.alpha_composite(Image.fromarray(rgba))
    return picture.convert("RGB").resize((cell_px, cell_px), Image.Resampling.BOX)
