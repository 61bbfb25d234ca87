"""`panic3d dataset`."""

from pathlib import Path

import click

from panic3d.runtime.errors import ItemsFailed, UserError, WrongUsage
from panic3d.runtime.files import write_image_atomically
from panic3d.runtime.folder_lock import lock_folder
from panic3d.shards.manifest import load_manifest
from panic3d.shards.plan import load_dataset_info

FOLDER = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))


@click.group()
def dataset() -> None:
    """Inspect, split and merge dataset folders."""


@dataset.command()
@FOLDER
@click.option(
    "--sheet",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write a contact sheet, one row per avatar, to this PNG file.",
)
@click.option(
    "--cell",
    default=128,
    show_default=True,
    type=click.IntRange(16, 1024),
    help="Side of each picture on the contact sheet in pixels.",
)
@click.option(
    "--limit", default=200, show_default=True, type=click.IntRange(1), help="Largest number of rows of the sheet."
)
def inspect(folder: Path, sheet: Path | None, cell: int, limit: int) -> None:
    """Describe FOLDER: counts, sizes, framing, failed avatars and broken samples.

    Also writes its index.parquet again. The exit status is 3 if something is broken.
    """
    from panic3d.datasets.inspection import describe_folder, find_problems
    from panic3d.datasets.sheet import make_contact_sheet
    from panic3d.shards.index import write_index

    info, manifest = load_dataset_info(folder), load_manifest(folder)
    problems = find_problems(folder, info)
    for line in describe_folder(folder, info, write_index(folder, info, manifest)):
        click.echo(line)
    if sheet is not None:
        picture = make_contact_sheet(folder, cell, limit, report=lambda sentence: None)  # `problems` has them all
        if picture is None:
            raise UserError(f"{folder} holds no sample to show: render some first")
        write_image_atomically(sheet, picture)
        click.echo(f"  sheet: {sheet}")
    for sentence in problems:
        click.echo(f"  broken: {sentence}", err=True)
    if problems:
        raise ItemsFailed(f"{len(problems)} problems in {folder}, listed above")


@dataset.command()
@FOLDER
@click.option(
    "--test", default=0.1, show_default=True, type=click.FloatRange(0, 1), help="Share of the avatars for testing."
)
@click.option(
    "--val", default=0.1, show_default=True, type=click.FloatRange(0, 1), help="Share of the avatars for validation."
)
@click.option(
    "--ids",
    multiple=True,
    metavar="NAME=FILE",
    help="Instead of shares: make the split NAME of the ids in FILE, one per line (VRoid Hub's, names of avatar files "
    "or keys). Can be repeated.",
)
def split(folder: Path, test: float, val: float, ids: tuple[str, ...]) -> None:
    """Divide FOLDER into train, val and test, and write the splits into its dataset.json.

    Shares go by content hash, so that the same avatars always give the same split. The paper's own lists:
    --ids train=rutileEB_train.csv --ids val=rutileEB_val.csv --ids test=rutileEB_test.csv
    """
    from panic3d.datasets.splits import read_ids, split_by_hash, split_by_ids
    from panic3d.shards.index import write_index

    if test + val >= 1:
        raise WrongUsage(f"--test {test:g} and --val {val:g} leave nothing to train on: give less than 1 in sum")
    load_dataset_info(folder)  # before the lock makes the folder
    with lock_folder(folder):
        info = load_dataset_info(folder)
        if ids:
            lists = {name: read_ids(Path(path)) for name, _, path in (entry.partition("=") for entry in ids)}
            info.splits, problems = split_by_ids(info.keys(), lists)
            for sentence in problems:
                click.echo(f"  {sentence}", err=True)
        else:
            info.splits = split_by_hash(info.keys(), val, test)
        info.save(folder)
        write_index(folder, info, load_manifest(folder))
    click.echo(f"{folder}: {', '.join(f'{len(keys)} {name}' for name, keys in info.splits.items())}")


@dataset.command()
@FOLDER
def merge(folder: Path) -> None:
    """Join the manifests of the ranks that rendered FOLDER, count the outcomes, and write its index.parquet.

    The exit status is 3 if avatars have no outcome yet.
    """
    from panic3d.shards.builder import merge_ranks

    missing = merge_ranks(folder)
    counts = load_dataset_info(folder).counts
    click.echo(f"{folder}: {', '.join(f'{count} {status}' for status, count in counts.items())}")
    if missing:
        some = ", ".join(missing[:3]) + (" ..." if len(missing) > 3 else "")
        raise ItemsFailed(
            f"{len(missing)} planned avatars have no outcome yet ({some}): run those ranks again, then merge"
        )
