"""VRoid Hub's records of models: lists of ids in several formats, licence filters, rows for `metadata.parquet`."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict

from panic3d.runtime.errors import UserError, WrongUsage
from panic3d.runtime.records import convert_record, parse_json
from panic3d.runtime.regular_files import UnsuitableFile, read_file
from panic3d.runtime.sentences import shorten_sentence
from panic3d.shards.key_lists import read_first_column

ID_PATTERN = re.compile(r"(?:.*/models/)?(\d{6,25})/?(?:[?#].*)?")
LICENCE_VALUES: dict[str, tuple[str, ...]] = {
    "modification": ("default", "disallow", "allow"),
    "redistribution": ("default", "disallow", "allow"),
    "credit": ("default", "necessary", "unnecessary"),
    "characterization_allowed_user": ("default", "author", "everyone"),
    "sexual_expression": ("default", "disallow", "allow"),
    "violent_expression": ("default", "disallow", "allow"),
    "corporate_commercial_use": ("default", "disallow", "allow"),
    "personal_commercial_use": ("default", "disallow", "profit", "nonprofit"),
}
"""The fields of a licence record and their values (developer.vroid.com/en/api/list-character.html)."""
VERSION_COLUMNS = (
    *("spec_version", "exporter_version", "triangle_count", "mesh_count", "mesh_primitive_count", "material_count"),
    *("texture_count", "joint_count", "original_file_size"),
)


class _User(TypedDict, total=False):
    name: str | None


class _Character(TypedDict, total=False):
    name: str | None
    user: _User | None


class _Tag(TypedDict):
    name: str


class _Version(TypedDict, total=False):
    id: Any
    vrm_meta: dict[str, Any] | None


class ModelRecord(TypedDict, total=False):
    """The entries of a model's record that are used; other entries are kept."""

    id: Any
    """Text, or a number in older records."""
    name: str | None
    is_downloadable: bool | None
    is_private: bool | None
    license: dict[str, Any] | None
    age_limit: dict[str, Any] | None
    character: _Character | None
    tags: list[_Tag] | None
    latest_character_model_version: _Version | None


@dataclass(frozen=True)
class ListedModel:
    """The entry of a list, besides the id of the model."""

    record: dict[str, Any] | None = None
    sha256: str | None = None
    """The hash of the file that the list's author had. A file with another hash is refused."""


@dataclass(frozen=True)
class LicenceFilter:
    """Which models are wanted. Models that their authors do not offer for download never are."""

    wanted: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Field of the licence record to the accepted values."""
    without_age_limit: bool = False

    def explain_refusal(self, record: Mapping[str, Any]) -> str:
        """Return the reason why a model is not wanted, one sentence; empty where it is wanted."""
        if record.get("is_downloadable") is not True:
            return "its licence record does not allow download (is_downloadable)"
        if record.get("is_private") is True:
            return "its author has made it private"
        licence = extract_licence(record)
        for name, values in self.wanted.items():
            if licence.get(name) not in values:
                found = licence.get(name) or "not stated"
                return f"licence: {name} is {found}, wanted {' or '.join(sorted(values))}"
        limits = [name for name, is_set in (record.get("age_limit") or {}).items() if is_set]
        return f"age limit: {', '.join(limits)}" if self.without_age_limit and limits else ""


def parse_licence_filter(conditions: Iterable[str], without_age_limit: bool) -> LicenceFilter:
    """Parse conditions `field=value` or `field=value,value`. Raises WrongUsage, with the choices, for others."""
    wanted = {}
    for condition in conditions:
        name, _, values = condition.partition("=")
        if name not in LICENCE_VALUES:
            raise WrongUsage(f"unknown licence field '{name}': choose from {', '.join(LICENCE_VALUES)}")
        asked = frozenset(values.split(","))
        if not asked <= set(LICENCE_VALUES[name]):
            raise WrongUsage(f"{name} is one of {', '.join(LICENCE_VALUES[name])}, got '{values}'")
        wanted[name] = asked
    return LicenceFilter(wanted, without_age_limit)


def extract_licence(record: Mapping[str, Any]) -> dict[str, str]:
    """Extract the eight fields of a licence record. Those of a VRM 1.0 model are translated from its own metadata."""
    licence = record.get("license")
    if licence:
        return {name: str(licence[name]) for name in LICENCE_VALUES if licence.get(name) is not None}
    meta = (record.get("latest_character_model_version") or {}).get("vrm_meta") or {}
    return _extract_vrm1_licence(meta) if "avatarPermission" in meta or "allowRedistribution" in meta else {}


def _extract_vrm1_licence(meta: Mapping[str, Any]) -> dict[str, str]:
    """Translate the metadata of VRM 1.0 to a licence record. Absent fields have the specification's defaults."""

    def convert_flag(name: str) -> str:
        return "allow" if meta.get(name) is True else "disallow"

    use = meta.get("commercialUsage", "personalNonProfit")
    return {
        "modification": "disallow" if meta.get("modification", "prohibited") == "prohibited" else "allow",
        "redistribution": convert_flag("allowRedistribution"),
        "credit": "unnecessary" if meta.get("creditNotation") == "unnecessary" else "necessary",
        "characterization_allowed_user": "everyone" if meta.get("avatarPermission") == "everyone" else "author",
        "sexual_expression": convert_flag("allowExcessivelySexualUsage"),
        "violent_expression": convert_flag("allowExcessivelyViolentUsage"),
        "corporate_commercial_use": "allow" if use == "corporation" else "disallow",
        "personal_commercial_use": "nonprofit" if use == "personalNonProfit" else "profit",
    }


def read_lists(paths: Iterable[Path]) -> dict[str, ListedModel]:
    """Read ids in the order of the lists, each once. Raises UserError where a list cannot be read or has no id.

    A list is text or CSV (an id or a model's address per line, in the first column), JSON (ids, records, or records by
    id), JSON lines of records, or a parquet file with a column `id`, such as a `metadata.parquet`.
    """
    listed: dict[str, ListedModel] = {}
    for path in paths:
        if not path.is_file():
            raise UserError(f"expected a list of model ids at {path}, found no file")
        try:
            entries = list(_iterate_entries(path))
        except UnsuitableFile:
            raise
        except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
            raise UserError(
                shorten_sentence(
                    f"{path} cannot be read as a list of model ids ({error}): expected one id per line, JSON records, "
                    "or a parquet file with a column id"
                )
            ) from error
        if not entries:
            raise UserError(f"{path} holds no model id: expected numbers of 6 to 25 digits, one per line")
        for key, entry in entries:
            listed[key] = entry if entry.record or entry.sha256 else listed.get(key, entry)
    return listed


def _iterate_entries(path: Path) -> Iterable[tuple[str, ListedModel]]:
    kind = path.suffix.lower()
    if kind == ".parquet":
        import pandas

        frame = pandas.read_parquet(path)
        for row in frame.to_dict("records"):
            sha256 = row.get("sha256")
            yield _parse_id(str(row["id"])), ListedModel(sha256=sha256 if isinstance(sha256, str) else None)
    elif kind in (".json", ".jsonl"):
        data = read_file(path)
        content = (
            [parse_json(line, Any) for line in data.split(b"\n") if line.strip()]
            if kind == ".jsonl"
            else parse_json(data, Any)
        )
        items = content.items() if isinstance(content, dict) else ((None, item) for item in content)
        for key, item in items:
            record = item.get("character_model", item) if isinstance(item, dict) else None
            model_id = _parse_id(str(key or (record["id"] if record else item)))
            yield model_id, ListedModel(record and convert_record(record, ModelRecord, model_id))
    else:
        for number, line in enumerate(read_first_column(path)):
            if line and not line.startswith("#") and not (number == 0 and line.lower() in ("id", "model_id")):
                yield _parse_id(line), ListedModel()


def _parse_id(text: str) -> str:
    match = ID_PATTERN.fullmatch(text)
    if match is None:
        raise ValueError(f"'{text[:60]}' is no model id")
    return match.group(1)


def make_metadata_row(key: str, record: Mapping[str, Any] | None) -> dict[str, Any]:
    """Make the columns of a model in `metadata.parquet` that come from its record; empty without a record."""
    record = record or {}
    character = record.get("character") or {}
    latest = record.get("latest_character_model_version") or {}
    licence, limits = extract_licence(record), record.get("age_limit") or {}
    return {
        "id": key,
        "title": record.get("name") or character.get("name"),
        "author": (character.get("user") or {}).get("name"),
        "is_downloadable": record.get("is_downloadable"),
        **{f"licence_{name}": licence.get(name) for name in LICENCE_VALUES},
        **{name: limits.get(name) for name in ("is_r15", "is_r18", "is_adult")},
        "tags": [tag["name"] for tag in record.get("tags") or []],
        "created_at": record.get("created_at"),
        "published_at": record.get("published_at"),
        "version_id": latest.get("id"),
        **{name: latest.get(name) for name in VERSION_COLUMNS},
    }
