"""Models inside zip archives, the usual way of publishing MMD characters, read without unpacking to disk.

Archives made in Japan and China store file names in Shift-JIS or GBK without declaring it; a name is found if it
matches under any of the encodings. The total size that is unpacked is limited.
"""

import fnmatch
import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from panic3d.datagen.avatars.files.errors import AvatarError, AvatarSkipped
from panic3d.datagen.avatars.files.resources import fold_name, resolve_member_path
from panic3d.runtime.regular_files import MAX_FILE_BYTES, UnsuitableFile, require_regular_file

ENCODINGS = ("utf-8", "cp932", "gb18030", "euc_kr", "cp437")
"""In the order in which they are tried; cp932 is Windows' Shift-JIS. The last one decodes any bytes."""
UTF8_FLAG, ENCRYPTED_FLAG = 0x800, 0x1
UNICODE_PATH_FIELD = 0x7075
MAX_UNPACKED_BYTES = MAX_FILE_BYTES
"""Limit of all that is unpacked from one archive, against zip bombs."""
MAX_LISTED_NAMES = 8


class Archive:
    """An open zip archive. Raises AvatarError where the file is broken or no zip archive."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        try:
            require_regular_file(path)
            self._zip = zipfile.ZipFile(path)
        except UnsuitableFile as error:
            raise AvatarError(str(error)) from error
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise AvatarError(f"{path.name} is not a whole zip archive: {error}") from error
        self._remaining_bytes = MAX_UNPACKED_BYTES
        self._members: dict[str, dict[str, zipfile.ZipInfo]] = {encoding: {} for encoding in ENCODINGS}
        self.names: list[str] = []
        """All files, decoded with the first encoding that fits; without macOS' metadata files."""
        for member in self._zip.infolist():
            decoded_paths = _decode_path(member)
            displayed = next(iter(decoded_paths.values()))
            if (
                displayed.endswith("/")
                or displayed.startswith("__MACOSX/")
                or displayed.rpartition("/")[2].startswith("._")
            ):
                continue
            self.names.append(displayed)
            for encoding, decoded in decoded_paths.items():
                self._members[encoding].setdefault(fold_name(decoded), member)

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def choose_model(self, suffixes: Sequence[str], pattern: str | None = None) -> str:
        """Return the only model in the archive, or the one whose path or name matches `pattern`.

        The pattern is a shell pattern without regard to case.

        Raises AvatarSkipped where the archive holds no model, and AvatarError, which names them, where several match.
        """
        models = [name for name in self.names if name.lower().endswith(tuple(suffixes))]
        if not models:
            raise AvatarSkipped(f"{self.name} holds no model ({', '.join(suffixes)})")
        fitting = [name for name in models if pattern is None or _matches_pattern(name, pattern)]
        listed = ", ".join(f"'{name}'" for name in (fitting or models)[:MAX_LISTED_NAMES])
        listed += " ..." if len(fitting or models) > MAX_LISTED_NAMES else ""
        if not fitting:
            raise AvatarError(f"no model in {self.name} fits --member '{pattern}': it holds {listed}")
        if len(fitting) > 1:
            raise AvatarError(f"{self.name} holds {len(fitting)} models ({listed}): choose one with --member NAME")
        return fitting[0]

    def read(self, name: str) -> bytes:
        """Return a file by its path in `names`.

        Raises AvatarError where it is missing, encrypted, broken or too large.
        """
        return self.read_companion(name, "")

    def read_companion(self, name: str, model: str) -> bytes:
        """Return a file by its path from the folder of `model` (one of `names`). Raises the errors of `read`.

        Both paths are decoded with the same encoding, since with a wrong one the folder would not match the name.
        """
        model_member = self._find(fold_name(model)) if model else None
        for encoding, members in self._members.items():
            decoded_paths = {} if model_member is None else _decode_path(model_member)
            if model_member is not None and encoding not in decoded_paths:
                continue
            member = members.get(fold_name(resolve_member_path(name, decoded_paths.get(encoding, ""))))
            if member is not None:
                return self._unpack(member, name)
        raise AvatarError(f"missing file '{name}' in {self.name}")

    def _find(self, folded_name: str) -> zipfile.ZipInfo | None:
        return next((members[folded_name] for members in self._members.values() if folded_name in members), None)

    def _unpack(self, member: zipfile.ZipInfo, name: str) -> bytes:
        if member.flag_bits & ENCRYPTED_FLAG:
            raise AvatarError(f"{self.name} is encrypted: unpack it with its password and give what is inside")
        if member.file_size > self._remaining_bytes:
            raise AvatarError(f"{self.name} unpacks to more than {MAX_UNPACKED_BYTES:,} bytes ('{name}'): not read")
        self._remaining_bytes -= member.file_size
        try:
            with self._zip.open(member) as file:  # with a size, no more is unpacked than the directory claims
                return file.read(member.file_size + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
            raise AvatarError(f"'{name}' in {self.name} cannot be unpacked: {error}") from error


class ArchiveFiles:
    """The files beside a model in an archive (`CompanionFiles`)."""

    def __init__(self, archive: Archive, model: str) -> None:
        self._archive, self._model = archive, model

    def read(self, name: str) -> bytes:
        """Return the bytes of a file in the archive (see `CompanionFiles.read`)."""
        return self._archive.read_companion(name, self._model)


def _matches_pattern(name: str, pattern: str) -> bool:
    return any(fnmatch.fnmatchcase(fold_name(part), fold_name(pattern)) for part in (name, name.rpartition("/")[2]))


def _decode_path(member: zipfile.ZipInfo) -> dict[str, str]:
    """Return the member's path under each encoding that can decode its bytes."""
    if member.flag_bits & UTF8_FLAG:
        return {"utf-8": member.orig_filename.replace("\\", "/")}
    raw = member.orig_filename.encode("cp437")  # how zipfile decodes names of an undeclared encoding
    decoded_paths = _read_unicode_path(member.extra)
    for encoding in ENCODINGS:
        try:
            decoded_paths.setdefault(encoding, raw.decode(encoding).replace("\\", "/"))
        except UnicodeDecodeError:
            continue
    return decoded_paths


def _read_unicode_path(extra: bytes) -> dict[str, str]:
    """Read the UTF-8 path that WinRAR and Info-ZIP add: field 0x7075 (version, CRC-32 of the other name, name)."""
    while len(extra) >= 4:
        field, length = struct.unpack_from("<HH", extra)
        if field == UNICODE_PATH_FIELD and 5 < length <= len(extra) - 4:
            try:
                return {"utf-8": extra[9 : 4 + length].decode("utf-8").replace("\\", "/")}
            except UnicodeDecodeError:
                break
        extra = extra[4 + length :]
    return {}
