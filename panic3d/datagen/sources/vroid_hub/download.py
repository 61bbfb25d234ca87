"""`panic3d data vroid`: models of VRoid Hub that their authors offer for download, with the user's own login.

Facts of the API: developer.vroid.com/en/api (load-character, list-character, recognize). With OAuth a file needs a
download licence (POST /api/download_licenses, then GET .../ID/download, which redirects to the storage); a browser's
session gets it from its version's own address. Records are public.
"""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypedDict

from panic3d.datagen.sources.http.collection import Skip, fetch_all, write_metadata
from panic3d.datagen.sources.http.etiquette import RequestRefused
from panic3d.datagen.sources.http.web import FetchedFile, WebClient
from panic3d.datagen.sources.vroid_hub.login import CookieLogin
from panic3d.datagen.sources.vroid_hub.records import LicenceFilter, ListedModel, ModelRecord, make_metadata_row
from panic3d.runtime.files import write_atomically
from panic3d.runtime.records import parse_json
from panic3d.runtime.regular_files import UnsuitableFile, read_file
from panic3d.shards.manifest import Manifest
from panic3d.shards.schema import compute_sha256, encode_json

GLB_HEADER = struct.Struct("<4sII")


class FileFacts(TypedDict):
    """What is recorded of a fetched file."""

    sha256: str
    bytes: int
    version: str | None


class Sidecar(TypedDict):
    """The content of a model's `.json`."""

    record: ModelRecord | None
    file: FileFacts | None


class AnsweredModel(ModelRecord, total=False):
    """The site's answer about a model: its record, or an object that holds it."""

    character_model: ModelRecord | None


class ModelAnswer(TypedDict, total=False):
    """The site's answer to a request for a model."""

    data: AnsweredModel | None


class Licence(TypedDict, total=False):
    """A download licence."""

    id: Any


class LicenceAnswer(TypedDict, total=False):
    """The site's answer to a request for a download licence."""

    data: Licence | None


@dataclass(frozen=True)
class VroidOptions:
    """Which models are fetched, and what is checked again."""

    licence: LicenceFilter = field(default_factory=LicenceFilter)
    retry_failed: bool = False
    refresh: bool = False
    """Request records again that are in the folder or in the list: a licence may have changed."""
    verify: bool = False
    """Hash the files in the folder, and fetch again those that have changed."""


class VroidCollection:
    """A folder of models: `LAST DIGIT/ID/ID.vrm` and `ID.json`, the paper's own layout."""

    def __init__(self, web: WebClient, folder: Path, options: VroidOptions) -> None:
        self.web, self.folder, self.options = web, folder, options

    def fetch(self, listed: Mapping[str, ListedModel]) -> Manifest:
        """Fetch what is missing. `metadata.parquet` is written at the end, also after an error."""
        sources = {key: f"{self.web.site}/api/character_models/{key}" for key in listed}
        return fetch_all(
            "vroid",
            sources,
            lambda key: self._fetch_model(key, listed[key]),
            lambda manifest: self._write_metadata(manifest, listed),
            self.folder,
            self.options.retry_failed,
        )

    def path(self, key: str, suffix: str) -> Path:
        """Return the path of a model's file (`.vrm`) or of its record (`.json`)."""
        return self.folder / key[-1] / key / f"{key}{suffix}"

    def _fetch_model(self, key: str, listed: ListedModel) -> None:
        """Fetch the record and the file of a model, unless they are in the folder."""
        sidecar = self._sidecar(key)
        record = self._record(key, listed, sidecar)
        refusal = self.options.licence.explain_refusal(record)
        if refusal:
            here = "; the file of an earlier run is still here" if self.path(key, ".vrm").is_file() else ""
            raise Skip(refusal + here)
        if self._is_present(key, sidecar.get("file"), find_version(record), listed.sha256):
            return
        fetched = self._download(key, record, listed.sha256)
        file = {"sha256": fetched.sha256, "bytes": fetched.bytes, "version": find_version(record)}
        self._write_sidecar(key, record, file)

    def _record(self, key: str, listed: ListedModel, sidecar: dict[str, Any]) -> dict[str, Any]:
        """Return the record in the folder, else that of the list if its licence refuses, else that of the site."""
        if not self.options.refresh:
            if sidecar.get("record"):
                return dict(sidecar["record"])
            if listed.record and self.options.licence.explain_refusal(listed.record):
                self._write_sidecar(key, listed.record, None)
                return listed.record
        try:
            answer: ModelAnswer = self.web.fetch_json(f"/api/character_models/{key}", ModelAnswer)
        except RequestRefused as error:
            if error.status == HTTPStatus.NOT_FOUND:
                raise Skip("no longer on VRoid Hub (404)") from None
            raise
        data = answer.get("data") or {}
        record: dict[str, Any] = dict(data.get("character_model") or data)
        if str(record.get("id")) != key:
            raise RequestRefused(f"expected the record of model {key}, found that of {record.get('id')}")
        self._write_sidecar(key, record, sidecar.get("file"))
        return record

    def _download(self, key: str, record: Mapping[str, Any], sha256: str | None) -> FetchedFile:
        if isinstance(self.web.credentials, CookieLogin):
            version = find_version(record)
            if not version:
                raise RequestRefused("its record names no version to download")
            address = f"/api/character_models/{key}/versions/{version}/download"
        else:
            body = {"character_model_id": key}
            answer: LicenceAnswer = self.web.fetch_json("/api/download_licenses", LicenceAnswer, "POST", json=body)
            licence = (answer.get("data") or {}).get("id")
            if not licence:
                raise RequestRefused("expected a download licence with an id, found none")
            address = f"/api/download_licenses/{licence}/download"

        def check(path: Path, fetched: FetchedFile) -> str:
            complaint = check_glb(path)
            if not complaint and sha256 and fetched.sha256 != sha256:
                raise RequestRefused(
                    f"expected sha256 {sha256}, found {fetched.sha256}: its author has changed the model"
                )
            return complaint

        return self.web.download(address, self.path(key, ".vrm"), check)

    def _is_present(self, key: str, file: Mapping[str, Any] | None, version: str | None, sha256: str | None) -> bool:
        path = self.path(key, ".vrm")
        if not file or not path.is_file() or path.stat().st_size != file["bytes"]:
            return False
        if file["version"] != version or (sha256 and sha256 != file["sha256"]):
            return False
        return not self.options.verify or compute_sha256(path) == file["sha256"]

    def _sidecar(self, key: str) -> dict[str, Any]:
        """Read the record in the folder and the facts about the file; empty where they are missing or damaged."""
        try:
            sidecar: dict[str, Any] = parse_json(read_file(self.path(key, ".json")), Sidecar)
            return sidecar
        except (OSError, ValueError, UnsuitableFile):
            return {}

    def _write_sidecar(self, key: str, record: Mapping[str, Any], file: Mapping[str, Any] | None) -> None:
        path = self.path(key, ".json")
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, encode_json({"record": record, "file": file}))

    def _write_metadata(self, manifest: Manifest, keys: Iterable[str]) -> None:
        rows = []
        for key in dict.fromkeys([*sorted(manifest.records), *keys]):
            sidecar, state = self._sidecar(key), manifest.records.get(key)
            file = sidecar.get("file") or {}
            here = state is not None and state.status == "ok"
            rows.append(
                {
                    **make_metadata_row(key, sidecar.get("record")),
                    "status": state.status if state else "missing",
                    "reason": state.reason if state else "",
                    "file": str(self.path(key, ".vrm").relative_to(self.folder)) if here else None,
                    "bytes": file.get("bytes") if here else None,
                    "sha256": file.get("sha256") if here else None,
                }
            )
        write_metadata(self.folder, rows)


def find_version(record: Mapping[str, Any]) -> str | None:
    """Find the id of the model's latest version: authors replace files under the same id of the model."""
    version = (record.get("latest_character_model_version") or {}).get("id")
    return None if version is None else str(version)


def check_glb(path: Path) -> str:
    """Check that a file is a complete binary glTF, as a VRM file is. Returns what is wrong with it, else empty."""
    with path.open("rb") as file:
        header = file.read(GLB_HEADER.size)
    if len(header) < GLB_HEADER.size or header[:4] != b"glTF":
        return "no VRM file"
    declared, found = GLB_HEADER.unpack(header)[2], path.stat().st_size
    return "" if declared <= found else f"a VRM file of {found} bytes whose header states {declared}"
