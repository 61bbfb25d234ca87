"""`panic3d reconstruct`: pictures in, coloured heads out."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from panic3d.errors import ItemsFailed, UserError

if TYPE_CHECKING:  # numpy and torch wait until a head is asked for
    from panic3d.models.method import Method

STRIP_VIEWS = ("front", "spin030", "left", "back", "right", "spin330")
STRIP_SIZE = 256


@click.command()
@click.argument("pictures", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for NAME.glb and NAME.views.png.")
@click.option("--weights", type=click.Path(path_type=Path), help="A run's weights.safetensors; else those shipped.")
def reconstruct(pictures: tuple[Path, ...], out: Path, weights: Path | None) -> None:
    """From canonical front views (square, transparent background) to heads: a GLB in metres and a strip of views."""
    from panic3d.models.method import load_method
    from panic3d.progress import Progress

    failed: list[str] = []
    method = load_method("panic3d", weights)
    out.mkdir(parents=True, exist_ok=True)
    names: dict[str, Path] = {}
    with Progress("reconstructing", len(pictures)) as progress:
        for path in pictures:
            try:
                if path.stem in names:
                    raise UserError(f"{path} would overwrite the result of {names[path.stem]}: rename one of them")
                _reconstruct(method, path, out)
                names[path.stem] = path
            except UserError as error:
                failed.append(str(error))
            progress.step(path.name)
    if failed:
        message = "; ".join(failed)
        raise ItemsFailed(f"{len(failed)} of {len(pictures)} failed: {message}") if names else UserError(message)


def _reconstruct(method: "Method", path: Path, out: Path) -> None:
    import numpy as np
    from PIL import Image

    from panic3d.datagen.rigs import camera_of
    from panic3d.models.canonical import read_portrait
    from panic3d.shards.mesh import glb_bytes

    portrait = read_portrait(path, lambda sentence: click.echo(sentence, err=True))
    head = method.reconstruct(portrait)
    (out / f"{path.stem}.glb").write_bytes(glb_bytes(head.mesh(), path.stem))
    views = head.render([camera_of(view) for view in STRIP_VIEWS], STRIP_SIZE)
    given = portrait.original.astype(np.float32) / 255
    on_white = given[..., :3] * given[..., 3:] + 1 - given[..., 3:]
    small = np.asarray(on_white).reshape(STRIP_SIZE, 2, STRIP_SIZE, 2, 3).mean(axis=(1, 3))
    strip = np.concatenate([small, *(view.rgb for view in views)], axis=1)
    Image.fromarray(np.round(strip.clip(0, 1) * 255).astype(np.uint8)).save(out / f"{path.stem}.views.png")
