"""`panic3d dataset`."""

from pathlib import Path

import click

from panic3d.runtime.errors import ItemsFailed, UserError, WrongUsage
from panic3d.shards.manifest import list_rank_manifests, load_manifest
from panic3d.shards.plan import load_dataset_info

FOLDER = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))


@click.group()
def dataset() -> None:
    """Inspect, split and merge dataset folders."""


@dataset.command()
@FOLDER
@click.option("--sheet", type=click.Path(dir_okay=False, path_type=Path), help="Write a contact sheet as PNG.")
@click.option("--cell", default=128, show_default=True, type=click.IntRange(16, 1024), help="Pixels of a cell's side.")
@click.option("--limit", default=200, show_default=True, type=click.IntRange(1), help="Rows of the sheet.")
def inspect(folder: Path, sheet: Path | None, cell: int, limit: int) -> None:
    """Counts, sizes, framing, what failed, and what is broken in FOLDER, by name; renews its index.parquet."""
    from panic3d.datasets.inspection import broken_samples, report
    from panic3d.datasets.sheet import contact_sheet
    from panic3d.shards.index import write_index

    record, manifest = load_dataset_info(folder), load_manifest(folder)
    broken = broken_samples(folder, record)
    for line in report(folder, record, write_index(folder, record, manifest)):
        click.echo(line)
    if sheet is not None:
        picture = contact_sheet(folder, cell, limit, lambda sentence: None)  # told below, by more careful eyes
        if picture is None:
            raise UserError(f"{folder} holds no sample to show: render some first")
        picture.save(sheet)
        click.echo(f"  sheet: {sheet}")
    for sentence in broken:
        click.echo(f"  broken: {sentence}", err=True)
    if broken:
        raise ItemsFailed(f"{len(broken)} problems in {folder}, listed above")


@dataset.command()
@FOLDER
@click.option("--test", default=0.1, show_default=True, type=click.FloatRange(0, 1), help="Share for test.")
@click.option("--val", default=0.1, show_default=True, type=click.FloatRange(0, 1), help="Share for validation.")
@click.option(
    "--ids",
    multiple=True,
    metavar="NAME=FILE",
    help="Instead of shares: a split from a list of ids (VRoid's, file names or keys), one a line. May be given often.",
)
def split(folder: Path, test: float, val: float, ids: tuple[str, ...]) -> None:
    """Divide FOLDER into train, val and test by key, into dataset.json; the same keys give the same split.

    The paper's own lists: --ids train=rutileEB_train.csv --ids val=rutileEB_val.csv --ids test=rutileEB_test.csv
    """
    from panic3d.datasets.splits import by_hash, by_ids, read_ids
    from panic3d.shards.index import write_index

    if test + val >= 1:
        raise WrongUsage(f"--test {test:g} and --val {val:g} leave nothing to train on: give less than 1 in sum")
    record = load_dataset_info(folder)
    if ids:
        lists = {name: read_ids(Path(path)) for name, _, path in (entry.partition("=") for entry in ids)}
        record.splits, problems = by_ids(record.keys(), lists)
        for sentence in problems:
            click.echo(f"  {sentence}", err=True)
    else:
        record.splits = by_hash(record.keys(), val, test)
    record.save(folder)
    write_index(folder, record, load_manifest(folder))
    click.echo(f"{folder}: {', '.join(f'{len(keys)} {name}' for name, keys in record.splits.items())}")


@dataset.command()
@FOLDER
def merge(folder: Path) -> None:
    """Join the manifests of the ranks that rendered FOLDER, count, and write its index."""
    from panic3d.shards.index import write_index

    record = load_dataset_info(folder)
    ranks = list_rank_manifests(folder)
    if not ranks:
        raise UserError(f"{folder} holds no manifest.RANK.jsonl: nothing to merge")
    whole = load_manifest(folder)
    missing = [key for key in record.keys() if key not in whole.records]  # noqa: SIM118
    whole.compact()
    record.update(folder, whole)
    record.save(folder)
    write_index(folder, record, whole)
    click.echo(f"{folder}: {', '.join(f'{count} {status}' for status, count in record.counts.items())}")
    if missing:
        some = ", ".join(missing[:3]) + (" ..." if len(missing) > 3 else "")
        raise ItemsFailed(
            f"{len(missing)} planned avatars have no result yet ({some}): run those ranks again, then merge"
        )
    for path in ranks:
        path.unlink()
