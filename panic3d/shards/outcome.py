"""What a command prints about the records of a manifest, and the exit status that follows from them."""

from collections.abc import Iterable
from pathlib import Path

import click

from panic3d.runtime.errors import ItemsFailed, UserError
from panic3d.runtime.sentences import escape_control_characters
from panic3d.shards.manifest import ManifestRecord


def report_outcome(folder: Path, records: Iterable[ManifestRecord], noun: str) -> None:
    """Print the counts on standard output, and each skipped or failed item with its reason on standard error.

    `noun` names the items, in the plural. Raises ItemsFailed if some of them failed, and UserError if all did.
    """
    by_key = sorted(records, key=lambda record: record.key)
    good, skipped, failed = ([r for r in by_key if r.status == status] for status in ("ok", "skipped", "failed"))
    click.echo(f"{folder}: {len(good)} ok, {len(skipped)} skipped, {len(failed)} failed")
    for record in skipped + failed:
        click.echo(f"  {record.status}: {escape_control_characters(record.source)}: {record.reason}", err=True)
    raise_if_failed(by_key, noun)


def raise_if_failed(records: Iterable[ManifestRecord], noun: str) -> None:
    """Raise ItemsFailed if some of the records failed, UserError if all did."""
    known = list(records)
    failed = [record for record in known if record.status == "failed"]
    if not failed:
        return
    summary = f"{len(failed)} of {len(known)} {noun} failed; --retry-failed tries them again"
    if len(failed) < len(known):
        raise ItemsFailed(summary)
    raise UserError(f"{summary} (the first: {failed[0].reason})")
