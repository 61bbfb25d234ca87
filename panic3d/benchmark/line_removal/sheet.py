"""Write drawings, the results of line removers and the true renders side by side as one image."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from panic3d.benchmark.line_removal.pairs import DrawnPairs
from panic3d.cameras.compositing import composite_on_white
from panic3d.models.line_removal.removers import Remover
from panic3d.runtime.files import write_image_atomically

HEAD_REGION = slice(96, 416)
"""The rows and the columns that contain the head."""
HEADING_PX = 16


def write_sheet(pairs: DrawnPairs, removers: Mapping[str, Remover], path: Path, rows: int = 3) -> None:
    """Write an image with one pair per row: the drawing, the result of each remover, and the render."""
    names = ["drawing", *removers, "render"]
    lines = []
    for key in pairs.keys[:: max(1, len(pairs.keys) // rows)][:rows]:
        pair = pairs.load_pair(key)
        cleaned = [remover(pair.drawing, pair.landmarks_px) for remover in removers.values()]
        shown = [composite_on_white(rgba)[HEAD_REGION, HEAD_REGION] for rgba in (pair.drawing, *cleaned, pair.render)]
        lines.append(np.concatenate(shown, axis=1))
    picture = Image.fromarray(np.round(np.concatenate(lines) * 255).astype(np.uint8))
    sheet = Image.new("RGB", (picture.width, picture.height + HEADING_PX), "white")
    sheet.paste(picture, (0, HEADING_PX))
    for place, name in enumerate(names):
        ImageDraw.Draw(sheet).text((place * picture.width // len(names) + 4, 2), name, fill="black")
    write_image_atomically(path, sheet)
