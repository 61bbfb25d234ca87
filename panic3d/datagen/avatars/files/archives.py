"""Models inside zip archives, as MMD characters are handed out, read in place.

Archives made in Japan and China hold file names in Shift-JIS or GBK without saying so; a name counts as found if it
fits under any of the alphabets. Nothing is written to disk, and what is read is bounded.
"""

import fnmatch
import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from panic3d.datagen.avatars.files.errors import AvatarError, AvatarSkipped
from panic3d.datagen.avatars.files.resources import MAX_FILE_BYTES, folded, path_below

ALPHABETS = ("utf-8", "cp932", "gb18030", "euc_kr", "cp437")
"""In the order in which a name is tried; cp932 is Shift-JIS as Windows has it. The last one decodes anything."""
UTF8_FLAG, ENCRYPTED_FLAG = 0x800, 0x1
UNICODE_PATH_FIELD = 0x7075
MAX_READ_BYTES = MAX_FILE_BYTES
"""All that is unpacked of one archive: a bomb ends here, with a sentence."""
LISTED = 8


class Archive:
    """An opened zip archive. AvatarError where it is broken or none."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise AvatarError(f"{path.name} is not a whole zip archive: {error}") from error
        self._left_bytes = MAX_READ_BYTES
        self._members: dict[str, dict[str, zipfile.ZipInfo]] = {alphabet: {} for alphabet in ALPHABETS}
        self.names: list[str] = []
        """Every file in it, as it reads under the first alphabet that fits; macOS' companions left out."""
        for member in self._zip.infolist():
            readings = _readings(member)
            shown = next(iter(readings.values()))
            if shown.endswith("/") or shown.startswith("__MACOSX/") or shown.rpartition("/")[2].startswith("._"):
                continue
            self.names.append(shown)
            for alphabet, reading in readings.items():
                self._members[alphabet].setdefault(folded(reading), member)

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def choose_model(self, suffixes: Sequence[str], pattern: str | None = None) -> str:
        """The one model in it, or the one whose path or file name fits `pattern` (as in a shell, any case).

        AvatarSkipped where there is none at all; AvatarError, naming them, where several fit.
        """
        models = [name for name in self.names if name.lower().endswith(tuple(suffixes))]
        if not models:
            raise AvatarSkipped(f"{self.name} holds no model ({', '.join(suffixes)})")
        fitting = [name for name in models if pattern is None or _fits(name, pattern)]
        listed = ", ".join(f"'{name}'" for name in (fitting or models)[:LISTED])
        listed += " ..." if len(fitting or models) > LISTED else ""
        if not fitting:
            raise AvatarError(f"no model in {self.name} fits --member '{pattern}': it holds {listed}")
        if len(fitting) > 1:
            raise AvatarError(f"{self.name} holds {len(fitting)} models ({listed}): choose one with --member NAME")
        return fitting[0]

    def read(self, name: str) -> bytes:
        """A file by its path as in `names`. AvatarError where it is missing, encrypted, broken or too large."""
        return self.read_beside(name, "")

    def read_beside(self, name: str, model: str) -> bytes:
        """A file by its path from the folder of `model` (one of `names`); errors as of `read`.

        Model and file are read under the same alphabet: under a wrong one, the folder would not fit the name.
        """
        shown = self._find(folded(model)) if model else None
        for alphabet, members in self._members.items():
            readings = {} if shown is None else _readings(shown)
            if shown is not None and alphabet not in readings:
                continue
            member = members.get(folded(path_below(name, readings.get(alphabet, ""))))
            if member is not None:
                return self._unpack(member, name)
        raise AvatarError(f"missing file '{name}' in {self.name}")

    def _find(self, folded_name: str) -> zipfile.ZipInfo | None:
        return next((members[folded_name] for members in self._members.values() if folded_name in members), None)

    def _unpack(self, member: zipfile.ZipInfo, name: str) -> bytes:
        if member.flag_bits & ENCRYPTED_FLAG:
            raise AvatarError(f"{self.name} is encrypted: unpack it with its password and give what is inside")
        if member.file_size > self._left_bytes:
            raise AvatarError(f"{self.name} unpacks to more than {MAX_READ_BYTES:,} bytes ('{name}'): not read")
        self._left_bytes -= member.file_size
        try:
            with self._zip.open(member) as file:  # a size given, no more is ever unpacked than the directory claims
                return file.read(member.file_size + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
            raise AvatarError(f"'{name}' in {self.name} cannot be unpacked: {error}") from error


class InArchive:
    """What lies beside a model in an archive (a `Beside`)."""

    def __init__(self, archive: Archive, model: str) -> None:
        self._archive, self._model = archive, model

    def read(self, name: str) -> bytes:
        return self._archive.read_beside(name, self._model)


def _fits(name: str, pattern: str) -> bool:
    return any(fnmatch.fnmatchcase(folded(part), folded(pattern)) for part in (name, name.rpartition("/")[2]))


def _readings(member: zipfile.ZipInfo) -> dict[str, str]:
    """The member's path under each alphabet that fits its bytes."""
    if member.flag_bits & UTF8_FLAG:
        return {"utf-8": member.orig_filename.replace("\\", "/")}
    raw = member.orig_filename.encode("cp437")  # how zipfile read bytes of an unknown alphabet
    readings = _unicode_path(member.extra)
    for alphabet in ALPHABETS:
        try:
            readings.setdefault(alphabet, raw.decode(alphabet).replace("\\", "/"))
        except UnicodeDecodeError:
            continue
    return readings


def _unicode_path(extra: bytes) -> dict[str, str]:
    """The path that WinRAR and Info-ZIP add in UTF-8: field 0x7075 (version, crc32 of the other name, the name)."""
    while len(extra) >= 4:
        field, length = struct.unpack_from("<HH", extra)
        if field == UNICODE_PATH_FIELD and 5 < length <= len(extra) - 4:
            try:
                return {"utf-8": extra[9 : 4 + length].decode("utf-8").replace("\\", "/")}
            except UnicodeDecodeError:
                break
        extra = extra[4 + length :]
    return {}
