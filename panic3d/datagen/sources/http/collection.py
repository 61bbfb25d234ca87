"""A list of things to fetch, one after the other: resumed, counted, and each one's end written down."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from panic3d.datagen.sources.http.etiquette import Refused
from panic3d.runtime.errors import Interrupted, ItemsFailed, UserError
from panic3d.runtime.progress import Progress
from panic3d.shards.files import DISK_ERRORS, write_atomically
from panic3d.shards.manifest import Manifest, Record

MOST_REFUSALS = 8
"""So many failures in a row are no accident: the site has changed, or has had enough."""
MANIFEST = "manifest.jsonl"
METADATA = "metadata.parquet"


class Skip(Exception):
    """Something that is not wanted, with the reason."""


def collect(
    label: str,
    sources: Mapping[str, str],
    work: Callable[[str], None],
    index: Callable[[Manifest], None],
    folder: Path,
    retry_failed: bool,
) -> Manifest:
    """Does `work` for every key of `sources` that has not failed before, and writes down how it ended.

    `work` returns where the thing is there, Skip where it is not wanted, Refused where it could not be had; it is cheap
    where the thing is there already. `index` is called at the end, however that comes. UserError for a full disk and a
    site that says no, Interrupted for Ctrl-C; what was done stays.
    """
    with _told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        manifest = Manifest(folder / MANIFEST)
        try:
            _walk(label, sources, work, manifest, retry_failed)
        finally:
            manifest.compact()
            index(manifest)
    return manifest


def _walk(
    label: str, sources: Mapping[str, str], work: Callable[[str], None], manifest: Manifest, retry_failed: bool
) -> None:
    refusals = 0
    with Progress(label, len(sources)) as progress:
        for key, source in sources.items():
            before = manifest.records.get(key)
            if before is None or before.status != "failed" or retry_failed:
                record = _attempt(key, source, work, before)
                refusals = refusals + 1 if record.status == "failed" else 0
                if before is None or (before.status, before.reason) != (record.status, record.reason):
                    manifest.put(record)
                if refusals == MOST_REFUSALS:
                    raise UserError(f"{refusals} failures in a row, the last: {record.reason}; stopped. Give the same "
                                    "command again with --retry-failed when the site answers")  # fmt: skip
            progress.step(key)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted from None
    except OSError as error:
        if error.errno not in DISK_ERRORS:
            raise
        raise UserError(
            f"cannot write to {folder} ({error.strerror}): make room, then give the same command again"
        ) from error


def _attempt(key: str, source: str, work: Callable[[str], None], before: Record | None) -> Record:
    attempts = 1 + (before.attempts if before else 0)
    start_s = time.monotonic()
    try:
        work(key)
    except Skip as reason:
        return Record(key, source, "skipped", str(reason), attempts, round(time.monotonic() - start_s, 2))
    except Refused as error:
        return Record(key, source, "failed", str(error), attempts, round(time.monotonic() - start_s, 2))
    return Record(key, source, "ok", "", attempts, round(time.monotonic() - start_s, 2))


def write_metadata(folder: Path, rows: Iterable[dict[str, Any]]) -> None:
    """`metadata.parquet`: a row a thing; columns are the keys of all rows. Whole or not at all."""
    import pandas

    table = pandas.DataFrame(list(rows)).convert_dtypes().to_parquet(None, index=False)
    write_atomically(folder / METADATA, table)


def report(manifest: Manifest, keys: Iterable[str], say: Callable[..., None]) -> None:
    """Counts, and every key that is not there with its reason. ItemsFailed, or UserError where nothing is there.

    `say` is `click.echo`.
    """
    records = [manifest.records[key] for key in keys if key in manifest.records]
    good, skipped, failed = ([r for r in records if r.status == status] for status in ("ok", "skipped", "failed"))
    say(f"{manifest.path.parent}: {len(good)} ok, {len(skipped)} skipped, {len(failed)} failed")
    for record in skipped + failed:
        say(f"  {record.status}: {record.source}: {record.reason}", err=True)
    if failed:
        summary = f"{len(failed)} of {len(records)} could not be had; --retry-failed tries them again"
        raise ItemsFailed(summary) if good or skipped else UserError(f"{summary}: {failed[0].reason}")
