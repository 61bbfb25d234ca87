"""`panic3d benchmark lines`."""

from pathlib import Path

import click

from panic3d.runtime.errors import UserError

FOLDER = click.Path(file_okay=False, path_type=Path)
DEFAULT_REMOVERS = ("line-removal", "line-removal-paired", "none", "inpainting", "cyclegan", "ugatit")


@click.command()
@click.option("--pairs", "folder", required=True, type=FOLDER, help="A dataset with --illustrate, or a suite.")
@click.option(
    "--remover",
    "removers",
    multiple=True,
    metavar="[LABEL:]NAME[=WEIGHTS]",
    help=f"May be given often; else {', '.join(DEFAULT_REMOVERS)} with the weights that are shipped.",
)
@click.option("--limit", type=click.IntRange(1), help="So many pairs, evenly from all.")
@click.option("--sheet", is_flag=True, help="Also a picture, sheet.png, of three pairs.")
@click.option("--out", required=True, type=FOLDER, help="Folder for lines.md, lines.csv and a record of each remover.")
def lines(folder: Path, removers: tuple[str, ...], limit: int | None, sheet: bool, out: Path) -> None:
    """How near line removers bring drawings to their true renders: PSNR, SSIM, LPIPS, whole and near the lines."""
    from panic3d.benchmark.line_removal.pairs import DrawnPairs, detect_landmarks_px
    from panic3d.benchmark.line_removal.results import run_remover
    from panic3d.benchmark.line_removal.sheet import write_sheet
    from panic3d.benchmark.line_removal.table import write_table
    from panic3d.models.line_removal.removers import find_remover_weights, load_remover
    from panic3d.weights.lpips import load_lpips

    entrants = dict(_parse_remover(text) for text in removers or DEFAULT_REMOVERS)
    if len(entrants) < len(removers):
        raise UserError("two removers have one name: write --remover LABEL:NAME=WEIGHTS")
    loaded = {label: load_remover(text) for label, text in entrants.items()}
    pairs, lpips = DrawnPairs(folder, limit, detect_landmarks_px), load_lpips()
    if lpips is None:
        click.echo("LPIPS weights not found: the table is without it (`panic3d weights fetch` gets them)", err=True)
    results = [
        run_remover(label, loaded[label], find_remover_weights(text), pairs, lpips, out)
        for label, text in entrants.items()
    ]
    if missing := results[0].without_landmarks:
        click.echo(f"no landmarks for {missing} drawings: nothing of their faces is spared", err=True)
    click.echo(write_table(results, out))
    if sheet:
        write_sheet(pairs, loaded, out / "sheet.png")


def _parse_remover(text: str) -> tuple[str, str]:
    """Label and remover."""
    name, _, weights = text.partition("=")
    label, _, remover = name.rpartition(":")
    return label or name, f"{remover}={weights}" if weights else remover
