"""`panic3d dataset`."""

import json
from pathlib import Path

import click

from panic3d.errors import ItemsFailed, UserError
from panic3d.shards.manifest import Manifest
from panic3d.shards.plan import load_dataset
from panic3d.shards.writer import shard_record

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
    """Counts, sizes, what failed, and broken samples of FOLDER."""
    from panic3d.datasets.reader import samples
    from panic3d.datasets.sheet import contact_sheet

    record = load_dataset(folder)
    broken: list[str] = []
    counted, views, total_bytes, cut = 0, 0, 0, 0
    for _, _key, members in samples(folder, broken.append):
        counted += 1
        total_bytes += sum(map(len, members.values()))
        meta = json.loads(members["meta.json"])
        views += len(meta["views"])
        cut += bool(meta["cut"])
    click.echo(f"{folder}: {counted} avatars in {len(list(folder.glob('shard-*.tar')))} shards")
    click.echo(
        f"  rig {record.rig}, {record.size} px, engine {record.engine}, {views} views, {total_bytes / 2**20:.1f} MiB"
    )
    click.echo(f"  {cut} of them with head parts cut by the box")
    for name, keys in record.splits.items():
        click.echo(f"  split {name}: {len(keys)}")
    for entry in Manifest(folder / "manifest.jsonl").records.values():
        if entry.status != "ok":
            click.echo(f"  {entry.status}: {entry.source}: {entry.reason}")
    if sheet is not None:
        picture = contact_sheet(folder, cell, limit, broken.append)
        if picture is None:
            raise UserError(f"{folder} holds no sample to show: render some first")
        picture.save(sheet)
        click.echo(f"  sheet: {sheet}")
    for sentence in dict.fromkeys(broken):
        click.echo(f"  broken: {sentence}", err=True)
    if broken:
        raise ItemsFailed(f"{len(dict.fromkeys(broken))} problems in {folder}: render those shards again")


@dataset.command()
@FOLDER
@click.option("--test", "held_out", default=0.1, show_default=True, type=click.FloatRange(0, 1), help="Share held out.")
def split(folder: Path, held_out: float) -> None:
    """Divide FOLDER into train and test by key; the same keys give the same split."""
    record = load_dataset(folder)
    keys = sorted(record.keys(), key=lambda key: key[-8:])  # by content hash: unrelated to names and families
    count = round(len(keys) * held_out)
    record.splits = {"train": sorted(keys[count:]), "test": sorted(keys[:count])}
    record.save(folder)
    click.echo(f"{folder}: {len(keys) - count} train, {count} test")


@dataset.command()
@FOLDER
def merge(folder: Path) -> None:
    """Join the manifests of the ranks that rendered FOLDER, and count."""
    record = load_dataset(folder)
    ranks = sorted(folder.glob("manifest.*.jsonl"))
    if not ranks:
        raise UserError(f"{folder} holds no manifest.RANK.jsonl: nothing to merge")
    whole = Manifest(folder / "manifest.jsonl")
    for path in ranks:
        whole.records.update(Manifest(path).records)
    whole.compact()
    for path in ranks:
        path.unlink()
    record.update(whole, [shard_record(folder, group) for group in range(len(record.plan))])
    record.save(folder)
    click.echo(f"{folder}: {record.counts}")
