"""Draw front views with the 28 landmarks of their labels.

Run `python -m panic3d.datagen.synth.survey.landmark_sheet --help`.
"""

from itertools import islice
from pathlib import Path

import click
import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image, ImageDraw

from panic3d.cameras.camera import Camera
from panic3d.runtime.files import write_image_atomically
from panic3d.shards.metadata.labels import LABELS_FILE, iterate_labels

COLOURS = {"jaw": "#0a84ff", "brow": "#ff9500", "eye": "#ff2d55", "nose": "#34c759", "mouth": "#af52de"}
GROUP_ENDS = ((5, "jaw"), (11, "brow"), (23, "eye"), (24, "nose"), (28, "mouth"))


def draw_landmarks(
    rgba: UInt8[np.ndarray, "H W 4"], landmarks_head_m: Float[np.ndarray, "28 3"], camera: Camera, pixels: int
) -> Image.Image:
    """Draw the face's part of a view on white, enlarged, with one numbered dot per landmark."""
    size = rgba.shape[0]
    points = camera.project(landmarks_head_m, size)[:, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    half = 0.62 * float((high - low).max())
    left, top = (low + high) / 2 - half
    picture = Image.new("RGBA", (size, size), "white")
    picture.alpha_composite(Image.fromarray(rgba))
    box = (left, top, left + 2 * half, top + 2 * half)
    face = picture.convert("RGB").resize((pixels, pixels), Image.Resampling.BICUBIC, box=box)
    draw = ImageDraw.Draw(face)
    for number, (x, y) in enumerate((points - [left, top]) / (2 * half) * pixels):
        colour = COLOURS[next(name for end, name in GROUP_ENDS if number < end)]
        draw.ellipse((x - 3, y - 3, x + 3, y + 3), fill=colour, outline="white")
        draw.text((x + 4, y - 5), str(number), fill=colour)
    return face


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The image to write.")
@click.option("--count", default=8, show_default=True, help="The number of characters.")
@click.option("--columns", default=4, show_default=True, help="The number of characters per row.")
@click.option("--tile", default=320, show_default=True, help="The side of a face, in pixels.")
def main(folder: Path, out: Path, count: int, columns: int, tile: int) -> None:
    """Draw the first characters of FOLDER (with its labels.jsonl) and their landmarks."""
    from panic3d.datagen.avatars.avatar import load_avatar
    from panic3d.datagen.engines.blender import render_views

    front = Camera("ortho", 0.0)
    records = list(islice(iterate_labels(folder / LABELS_FILE), count))
    picture = Image.new("RGB", (columns * tile, -(-len(records) // columns) * tile), "white")
    for number, record in enumerate(records):
        view = render_views(load_avatar(folder / record["file"]).surfaces, [front], 1024, 8, threads=2)[0]
        face = draw_landmarks(view.rgba, np.array(record["landmarks_head_m"]), front, tile)
        picture.paste(face, (number % columns * tile, number // columns * tile))
    write_image_atomically(out, picture, quality=88)


if __name__ == "__main__":
    main()
