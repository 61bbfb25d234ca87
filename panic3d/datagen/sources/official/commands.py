"""`panic3d data import-official`."""

from pathlib import Path
from typing import Literal

import click

from panic3d.runtime.errors import ItemsFailed, UserError

FOLDER = click.Path(file_okay=False, path_type=Path)
MAX_LISTED = 20
"""Missing files that the command lists."""


@click.command("import-official")
@click.argument("part", type=click.Choice(["vroid", "animerecon"]))
@click.argument("tree", type=FOLDER)
@click.option(
    "--out", required=True, type=FOLDER, help="Dataset folder to write; for animerecon it is a benchmark suite."
)
@click.option(
    "--size",
    default=512,
    show_default=True,
    type=click.IntRange(16, 4096),
    help="Side of the authors' pictures in pixels.",
)
@click.option(
    "--per-shard", default=64, show_default=True, type=click.IntRange(1), help="Samples per shard, for a new folder."
)
@click.option("--workers", type=click.IntRange(1), help="Number of processes.  [default: one per processor]")
@click.option("--retry-failed", is_flag=True, help="Try the samples again that failed in an earlier run.")
def import_official(
    part: Literal["vroid", "animerecon"],
    tree: Path,
    out: Path,
    size: int,
    per_shard: int,
    workers: int | None,
    retry_failed: bool,
) -> None:
    """Import the authors' folder TREE (_data/lustrous) as a dataset folder.

    PART is vroid (the training data) or animerecon (a benchmark suite). The splits come from subsets/*.csv.
    OUT/missing.txt names every missing file of the tree. No code in the tree is run: of pickles, only dicts, numbers,
    text and arrays are read.
    """
    from panic3d.datagen.sources.official.import_tree import MISSING_FILE, ImportOptions, import_tree
    from panic3d.datagen.sources.official.tree import PAPER_COUNTS, OfficialTree, find_overlap
    from panic3d.runtime.threads import count_usable_cores

    opened = OfficialTree(tree, part)
    result = import_tree(opened, out, ImportOptions(size, per_shard, workers or count_usable_cores(), retry_failed))
    good, failed = result.manifest.with_status("ok"), result.manifest.with_status("failed")
    click.echo(f"{out}: {len(good)} imported, {len(failed)} failed, {len(result.absent)} listed but not in the tree")
    for name, keys in result.splits.items():
        paper = f" (the paper: {PAPER_COUNTS[name]})" if part == "vroid" else ""
        click.echo(f"  split {name}: {len(keys)} of {len(opened.splits[name])} listed{paper}")
    if twice := find_overlap(opened.splits):
        click.echo(f"  in more than one split: {', '.join(twice[:MAX_LISTED])}", err=True)
    for line in result.missing[:MAX_LISTED]:
        click.echo(f"  missing: {line}", err=True)
    if len(result.missing) > MAX_LISTED:
        click.echo(f"  and {len(result.missing) - MAX_LISTED} more: {out / MISSING_FILE}", err=True)
    for record in failed:
        click.echo(f"  failed: {record.source}: {record.reason}", err=True)
    if not good:
        raise UserError(f"nothing of {tree} could be imported: {out / MISSING_FILE} lists the missing files")
    if failed or result.absent:
        count = f"{len(failed) + len(result.absent)} of {len(opened.ids())} samples"
        raise ItemsFailed(f"{count} could not be imported; add their files and repeat the command with --retry-failed")
