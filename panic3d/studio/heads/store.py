"""The results folder: one folder a head, with its record and its files. What is in it survives `kill -9`."""

import asyncio
import logging
import re
import secrets
import shutil
from pathlib import Path

from pydantic import ValidationError

from panic3d.runtime.files import make_folder, write_atomically
from panic3d.runtime.regular_files import read_file
from panic3d.studio.heads.files import RECORD_FILE
from panic3d.studio.heads.records import StoredHead

logger = logging.getLogger(__name__)
ID_BYTES = 8
ID = re.compile(r"[0-9a-f]{16}")
MAX_RECORD_BYTES = 1 << 22


class ResultsFolder:
    """Reads and writes the records of heads."""

    def __init__(self, root: Path) -> None:
        """Raises UserError where the folder cannot be made."""
        make_folder(root)
        self.root = root.resolve()
        self._locks: dict[str, asyncio.Lock] = {}

    def get_folder(self, head_id: str) -> Path:
        """Return the folder of a head. Raises ValueError for what is no id of ours."""
        if not ID.fullmatch(head_id):
            raise ValueError(f"no id of a head: {head_id!r:.40}")
        return self.root / head_id

    def make_head_folder(self) -> str:
        """Make the folder of a new head and return its id."""
        head_id = secrets.token_hex(ID_BYTES)
        self.get_folder(head_id).mkdir()
        return head_id

    def load(self) -> dict[str, StoredHead]:
        """Read all heads, and remove what was left of those that were not wholly received or removed."""
        found = {}
        for folder in sorted(self.root.iterdir()):
            if not ID.fullmatch(folder.name) or folder.is_symlink() or not folder.is_dir():
                continue
            path = folder / RECORD_FILE
            if not path.exists():
                shutil.rmtree(folder, ignore_errors=True)
                continue
            try:
                head = StoredHead.model_validate_json(read_file(path, MAX_RECORD_BYTES))
                if head.record.id != folder.name:
                    raise ValueError("it is the record of another head")
            except (OSError, ValueError, ValidationError) as error:
                logger.warning("%s is left out: its record cannot be read (%s)", folder, type(error).__name__)
                continue
            found[folder.name] = head
        return found

    async def save(self, head: StoredHead) -> None:
        """Write a record. Raises OSError where that fails; the older record is still there then."""
        head_id = head.record.id
        async with self._locks.setdefault(head_id, asyncio.Lock()):
            data = head.model_dump_json(indent=1).encode()
            await asyncio.to_thread(write_atomically, self.get_folder(head_id) / RECORD_FILE, data)

    async def remove(self, head_id: str) -> None:
        """Remove a head and its files."""
        folder = self.get_folder(head_id)
        async with self._locks.setdefault(head_id, asyncio.Lock()):
            await asyncio.to_thread(_remove_folder, folder)
        self._locks.pop(head_id, None)


def _remove_folder(folder: Path) -> None:
    (folder / RECORD_FILE).unlink(missing_ok=True)  # from here on, the next start removes what is left
    shutil.rmtree(folder, ignore_errors=True)
