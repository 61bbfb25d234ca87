"""The command `panic3d benchmark lines`."""

from pathlib import Path

import click

from panic3d.runtime.errors import UserError

FOLDER = click.Path(file_okay=False, path_type=Path)
DEFAULT_REMOVERS = ("line-removal", "line-removal-paired", "none", "inpainting", "cyclegan", "ugatit")


@click.command()
@click.option(
    "--pairs",
    "folder",
    required=True,
    type=FOLDER,
    help="The folder of a suite, or of a dataset rendered with --illustrate.",
)
@click.option(
    "--remover",
    "removers",
    multiple=True,
    metavar="[LABEL:]NAME[=WEIGHTS]",
    help=f"A line remover to score; may be repeated. The default is {', '.join(DEFAULT_REMOVERS)}, each with its "
    "packaged weights.",
)
@click.option("--limit", type=click.IntRange(1), help="The number of pairs to use, spread evenly over all.")
@click.option("--sheet", is_flag=True, help="Write the image sheet.png with three pairs too.")
@click.option(
    "--out", required=True, type=FOLDER, help="The folder for lines.md, lines.csv and one record per remover."
)
def lines(folder: Path, removers: tuple[str, ...], limit: int | None, sheet: bool, out: Path) -> None:
    """Score line removers: compare their results with the true renders by PSNR, SSIM and LPIPS.

    The metrics are computed on whole images and near the lines of the drawings.
    """
    from panic3d.benchmark.line_removal.pairs import DrawnPairs
    from panic3d.benchmark.line_removal.results import run_remover
    from panic3d.benchmark.line_removal.sheet import write_sheet
    from panic3d.benchmark.line_removal.table import write_table
    from panic3d.models.line_removal.removers import find_remover_weights, load_remover
    from panic3d.models.portrait.front_faces import detect_landmarks_px
    from panic3d.weights.lpips import load_lpips

    texts = dict(_parse_remover(text) for text in removers or DEFAULT_REMOVERS)
    if len(texts) < len(removers):
        raise UserError("two removers have one name: write --remover LABEL:NAME=WEIGHTS")
    loaded = {label: load_remover(text) for label, text in texts.items()}
    pairs, lpips = DrawnPairs(folder, limit, detect_landmarks_px), load_lpips()
    if lpips is None:
        click.echo("LPIPS weights not found: the table is without it (`panic3d weights fetch` gets them)", err=True)
    results = [
        run_remover(label, loaded[label], find_remover_weights(text), pairs, lpips, out)
        for label, text in texts.items()
    ]
    if missing := results[0].without_landmarks:
        click.echo(f"no landmarks for {missing} drawings: nothing of their faces is spared", err=True)
    click.echo(write_table(results, out))
    if sheet:
        write_sheet(pairs, loaded, out / "sheet.png")


def _parse_remover(text: str) -> tuple[str, str]:
    """Parse `[LABEL:]NAME[=WEIGHTS]` into the label and `NAME[=WEIGHTS]`."""
    name, _, weights = text.partition("=")
    label, _, remover = name.rpartition(":")
    return label or name, f"{remover}={weights}" if weights else remover
