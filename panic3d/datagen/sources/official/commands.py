"""`panic3d data import-official`."""

from pathlib import Path
from typing import Literal

import click

from panic3d.runtime.errors import ItemsFailed, UserError

FOLDER = click.Path(file_okay=False, path_type=Path)
SHOWN = 20


@click.command("import-official")
@click.argument("part", type=click.Choice(["vroid", "animerecon"]))
@click.argument("tree", type=FOLDER)
@click.option("--out", required=True, type=FOLDER, help="The dataset folder (for animerecon: the suite).")
@click.option("--size", default=512, show_default=True, type=click.IntRange(16, 4096), help="Of the authors' pictures.")
@click.option("--per-shard", default=64, show_default=True, type=click.IntRange(1), help="Samples a shard.")
@click.option("--workers", type=click.IntRange(1), help="Processes; one a core if not given.")
@click.option("--retry-failed", is_flag=True, help="Try again what failed before.")
def import_official(
    part: Literal["vroid", "animerecon"],
    tree: Path,
    out: Path,
    size: int,
    per_shard: int,
    workers: int | None,
    retry_failed: bool,
) -> None:
    """Import the authors' folder TREE (_data/lustrous) into shards: PART is vroid (training) or animerecon (a suite).

    Their splits come from subsets/*.csv. OUT/missing.txt names every file that the tree lacks. Nothing in the tree is
    run: pickles are read for dicts, numbers, text and arrays only.
    """
    from panic3d.datagen.sources.official.import_tree import MISSING, ImportOptions, import_tree
    from panic3d.datagen.sources.official.tree import PAPER_COUNTS, Tree, overlapping
    from panic3d.runtime.threads import usable_cores

    opened = Tree(tree, part)
    result = import_tree(opened, out, ImportOptions(size, per_shard, workers or usable_cores(), retry_failed))
    good, failed = result.manifest.with_status("ok"), result.manifest.with_status("failed")
    click.echo(f"{out}: {len(good)} imported, {len(failed)} failed, {len(result.absent)} listed but not in the tree")
    for name, keys in result.splits.items():
        paper = f" (the paper: {PAPER_COUNTS[name]})" if part == "vroid" else ""
        click.echo(f"  split {name}: {len(keys)} of {len(opened.splits[name])} listed{paper}")
    if twice := overlapping(opened.splits):
        click.echo(f"  in more than one split: {', '.join(twice[:SHOWN])}", err=True)
    for line in result.missing[:SHOWN]:
        click.echo(f"  missing: {line}", err=True)
    if len(result.missing) > SHOWN:
        click.echo(f"  and {len(result.missing) - SHOWN} more: {out / MISSING}", err=True)
    for record in failed:
        click.echo(f"  failed: {record.source}: {record.reason}", err=True)
    if not good:
        raise UserError(f"nothing of {tree} could be imported: {out / MISSING} names what it lacks")
    if failed or result.absent:
        lost = f"{len(failed) + len(result.absent)} of {len(opened.ids())} samples are not there"
        raise ItemsFailed(f"{lost}; when their files are, give the same command with --retry-failed")
