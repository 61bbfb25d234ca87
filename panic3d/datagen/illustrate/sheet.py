"""Draw avatars in every style on one sheet, for inspection.

Run `python -m panic3d.datagen.illustrate.sheet --help`.
"""

from pathlib import Path

import click
from PIL import Image, ImageDraw

from panic3d.cameras.rigs import make_view_camera
from panic3d.cameras.view import View
from panic3d.datagen.avatars.avatar import load_avatar
from panic3d.datagen.avatars.character.parts import classify_part
from panic3d.datagen.engines.engine import render_views
from panic3d.datagen.illustrate.portrait import illustrate
from panic3d.datagen.illustrate.styles import STYLES
from panic3d.runtime.files import write_image_atomically
from panic3d.shards.metadata.labels import LABELS_FILE, iterate_labels
from panic3d.shards.schema import make_source_key

SIZE_PX = 512
CROP = (96, 40, 416, 360)
"""The head in an image of 512 pixels: left, top, right, bottom."""
CAPTION_PX = 14


@click.command()
@click.argument("avatars", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The image to write.")
@click.option(
    "--cell", default=200, show_default=True, type=click.IntRange(32, 512), help="The side of a drawing, in pixels."
)
def main(avatars: tuple[Path, ...], out: Path, cell: int) -> None:
    """Draw one row per avatar of AVATARS: the plain render, then each style, `train` before `heldout`."""
    styles = [(kind, name) for kind in STYLES for name in STYLES[kind]]
    sheet = Image.new("RGB", (cell * (1 + len(styles)), CAPTION_PX + cell * len(avatars)), "white")
    text = ImageDraw.Draw(sheet)
    for column, name in enumerate(["render", *(f"{name} ({kind})" for kind, name in styles)]):
        text.text((column * cell + 2, 1), name, fill="black")
    for row, path in enumerate(avatars):
        view, key = _render_front(path), make_source_key(path)
        pictures = [view.rgba, *(illustrate(view, key, kind, name)[0] for kind, name in styles)]
        for column, rgba in enumerate(pictures):
            ground = Image.new("RGBA", (SIZE_PX, SIZE_PX), "white")
            ground.alpha_composite(Image.fromarray(rgba))
            head = ground.convert("RGB").crop(CROP).resize((cell, cell), Image.Resampling.LANCZOS)
            sheet.paste(head, (column * cell, CAPTION_PX + row * cell))
    write_image_atomically(out, sheet)


def _render_front(path: Path) -> View:
    """Render the front view of an avatar with normals and parts."""
    labels_file = path.parent / LABELS_FILE
    labels: dict[str, str] = {}
    if labels_file.is_file():
        records = (record for record in iterate_labels(labels_file) if record.get("file") == path.name)
        labels = next((record.get("parts", {}) for record in records), {})
    surfaces = load_avatar(path).surfaces
    parts = [classify_part(surface.material.name, labels) for surface in surfaces]
    (view,) = render_views("cycles", surfaces, [make_view_camera("front")], SIZE_PX, 12, 2, True, parts)
    return view


if __name__ == "__main__":
    main()
