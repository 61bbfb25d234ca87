"""A folder of downloads: items are fetched one after the other, and the outcome of each is recorded in a manifest."""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from panic3d.datagen.sources.http.etiquette import RequestRefused
from panic3d.runtime.errors import UserError
from panic3d.runtime.files import convert_to_user_errors, write_atomically
from panic3d.runtime.folder_lock import lock_folder
from panic3d.runtime.progress import Progress
from panic3d.shards.manifest import MANIFEST_FILE, Manifest, ManifestRecord

MAX_FAILURES_IN_A_ROW = 8
"""After so many the download stops: the site has changed, or refuses the program."""
METADATA_FILE = "metadata.parquet"
MAX_INTEGER = 1 << 63
"""What a column of whole numbers holds."""


class Skip(Exception):
    """An item is not wanted. The message says why."""


def fetch_all(
    label: str,
    sources: Mapping[str, str],
    fetch: Callable[[str], None],
    write_index: Callable[[Manifest], None],
    folder: Path,
    retry_failed: bool,
) -> Manifest:
    """Call `fetch` for every key of `sources` that has not failed before, and record the outcome.

    `fetch` returns when the item is in the folder, at once if it already is. It raises Skip where the item is not
    wanted, and RequestRefused where the site does not give it. `write_index` is called at the end, also after an error.
    Raises UserError for a full disk, for another process that downloads into the folder and for a site that refuses the
    program, Interrupted after Ctrl-C; finished items stay.
    """
    with convert_to_user_errors(folder), lock_folder(folder):
        manifest = Manifest(folder / MANIFEST_FILE)
        try:
            _fetch_each(label, sources, fetch, manifest, retry_failed)
        finally:
            manifest.compact()
            write_index(manifest)
    return manifest


def _fetch_each(
    label: str, sources: Mapping[str, str], fetch: Callable[[str], None], manifest: Manifest, retry_failed: bool
) -> None:
    failures = 0
    with Progress(label, len(sources)) as progress:
        for key, source in sources.items():
            before = manifest.records.get(key)
            if before is None or before.status != "failed" or retry_failed:
                record = _attempt(key, source, fetch, before)
                failures = failures + 1 if record.status == "failed" else 0
                if before is None or (before.status, before.reason) != (record.status, record.reason):
                    manifest.append(record)
                if failures == MAX_FAILURES_IN_A_ROW:
                    raise UserError(
                        f"{failures} failures in a row, the last: {record.reason}; stopped. Run the same command with "
                        "--retry-failed when the site answers again"
                    )
            progress.step(key)


def _attempt(key: str, source: str, fetch: Callable[[str], None], before: ManifestRecord | None) -> ManifestRecord:
    attempts = 1 + (before.attempts if before else 0)
    start_s = time.monotonic()
    try:
        fetch(key)
    except Skip as reason:
        return ManifestRecord(key, source, "skipped", str(reason), attempts, round(time.monotonic() - start_s, 2))
    except RequestRefused as error:
        return ManifestRecord(key, source, "failed", str(error), attempts, round(time.monotonic() - start_s, 2))
    return ManifestRecord(key, source, "ok", "", attempts, round(time.monotonic() - start_s, 2))


def write_metadata(folder: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write `metadata.parquet`, one row per item. The columns are the keys of all rows."""
    import pandas

    table = pandas.DataFrame([{name: _keep_plain(value) for name, value in row.items()} for row in rows])
    for name in table:
        kinds = {type(value) for value in table[name] if isinstance(value, list | bool) or not pandas.isna(value)}
        if len(kinds) > 1 and not kinds <= {int, float}:  # a column has one type, and a site may give several
            table[name] = [value if value is None else str(value) for value in table[name]]
    write_atomically(folder / METADATA_FILE, table.convert_dtypes().to_parquet(None, index=False))


def _keep_plain(value: Any) -> Any:
    """Return texts, lists of texts, numbers of 64 bits, booleans and None as they are, anything else as JSON."""
    is_large = isinstance(value, int) and not -MAX_INTEGER <= value < MAX_INTEGER
    is_mixed = isinstance(value, list) and not all(isinstance(item, str) for item in value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) or is_large or is_mixed else value
