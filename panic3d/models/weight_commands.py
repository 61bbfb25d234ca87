"""The commands of `panic3d weights` that need to know the models."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from panic3d.runtime.errors import UserError
from panic3d.weights.catalogue import get_weights_folder
from panic3d.weights.commands import weights

if TYPE_CHECKING:
    from panic3d.models.published_files import Part

__all__ = ["weights"]


@weights.command("import-official")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The folder for the safetensors files.  [default: the weights folder]",
)
@click.option(
    "--part",
    type=click.Choice(["all", "generator", "discriminator"]),
    default="all",
    show_default=True,
    help="The part of a reconstructor's pickle to import. Of a pickle of EG3D only the discriminator fits.",
)
def import_command(files: tuple[Path, ...], out: Path | None, part: "Part") -> None:
    """Convert the released FILES of the authors (reconstructor, tagger, PCA, line remover) to safetensors.

    No code in the files is run.
    """
    from panic3d.models.published_files import import_official

    for path in files:
        if not path.is_file():
            raise UserError(f"there is no file {path}")
        for written in import_official(path, out or get_weights_folder(), part):
            click.echo(f"{path.name}: {written.what}: {written.path}")


@weights.command("change")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--set",
    "settings",
    multiple=True,
    required=True,
    metavar="KEY=VALUE",
    help="Change a setting below model.inference. It can be repeated.",
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The path of the new weights file.")
def change_command(file: Path, settings: tuple[str, ...], out: Path) -> None:
    """Copy a reconstructor's weights FILE with other settings of `model.inference`.

    Without the stitch: --set model.inference.stitch=false
    """
    from panic3d.models.reconstructor.weights import change_inference

    change_inference(file, settings, out)
    click.echo(f"{out}: {', '.join(settings)}")
