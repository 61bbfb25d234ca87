"""The command `panic3d benchmark characters`."""

from pathlib import Path

import click

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.option(
    "--data",
    required=True,
    type=FOLDER,
    help="A dataset of generated characters, rendered with --illustrate if drawings shall be scored.",
)
@click.option(
    "--weights",
    type=click.Path(path_type=Path),
    help="A weights.safetensors of `panic3d train character`, or its run folder.  [default: the weights that this "
    "package ships]",
)
@click.option("--limit", type=click.IntRange(1), help="The number of characters, spread evenly over all.")
@click.option("--out", required=True, type=FOLDER, help="The folder for characters.md and characters.csv.")
def characters(data: Path, weights: Path | None, limit: int | None, out: Path) -> None:
    """Score predicted parameters of generated characters, field by field.

    Categorical fields have an accuracy and an expected calibration error, numbers an R squared; all by family of
    characters, of renders and of drawings.
    """
    from panic3d.benchmark.characters.scoring import score_characters, write_scores
    from panic3d.models.character.method import load_character_network
    from panic3d.models.character.portraits import PortraitFolder
    from panic3d.runtime.files import make_folder

    network, folder = load_character_network(weights), PortraitFolder(data)
    make_folder(out)
    click.echo(write_scores(score_characters(network, folder, limit), out))
