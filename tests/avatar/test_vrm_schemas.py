"""VRM's JSON schemas, the official ones and those of three-vrm's types, on avatars and generated characters."""

import copy
import json
import os
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema.protocols import Validator

from helpers.avatars.vrm_schemas import NPM_PACKAGES, find_violations, generate_schemas, read_official_schemas
from helpers.heads.fitted_head import make_fitted_head
from helpers.sites.npm import npm_folder
from panic3d.avatar.config import PRIVATE, AvatarConfig
from panic3d.datagen.synth.generate import write_character
from panic3d.datagen.synth.vrm.writer import write_vrm
from panic3d.head import Head

METAS = (
    replace(
        PRIVATE,
        avatar_permission="onlySeparatelyLicensedPerson",
        commercial_usage="personalProfit",
        modification="allowModification",
        redistribution=True,
        contact="jo@example.org",
        copyright_information="Jo Doe",
        other_licence_url="https://creativecommons.org/licenses/by/4.0/",
    ),
    replace(PRIVATE, avatar_permission="everyone", violent_usage=True, sexual_usage=True, credit="unnecessary"),
)
"""Permissions that neither an avatar without options nor a generated character has."""


def read_json(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    found: dict[str, Any] = json.loads(data[20 : 20 + int.from_bytes(data[12:16], "little")])
    return found


@pytest.fixture(scope="module")
def make_documents(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], dict[str, dict[str, Any]]]:
    """Return a function that makes the files once and returns their JSON.

    They are a fitted avatar, one that is one surface, such with other permissions and with springs alone, and generated
    characters, in both versions.
    """

    @cache
    def make() -> dict[str, dict[str, Any]]:
        folder = tmp_path_factory.mktemp("vrm")
        head = make_fitted_head()
        config = AvatarConfig(sculpt=True, triangles=6000, texture_px=512)
        sculpted = Head(head.prepared, head.reconstruction, config).avatar
        avatars = {"fitted": head.avatar, "sculpted": sculpted}
        avatars |= {f"meta {i}": replace(sculpted, meta=meta) for i, meta in enumerate(METAS)}
        avatars["still"] = replace(sculpted, expressions={"blink": {}}, springs=head.avatar.springs, colliders=())
        avatars["still"] = replace(avatars["still"], skeleton=head.avatar.skeleton)
        for version, family in (("1.0", "train2"), ("0.x", "heldout")):
            for name, avatar in avatars.items():
                write_vrm(folder / f"{name} {version}.vrm", avatar, version)
            write_character(folder / f"generated {version}.vrm", 7, 0, family, version)
        return {path.stem: read_json(path) for path in sorted(folder.glob("*.vrm"))}

    return make


def check(documents: dict[str, dict[str, Any]], schemas: dict[str, Validator]) -> None:
    """No file violates the schemas, all of which are used, and what is broken on purpose is found."""
    used = {name for document in documents.values() for name in document["extensionsUsed"]}
    assert set(schemas) <= used
    assert {name: found for name, document in documents.items() if (found := find_violations(document, schemas))} == {}
    for name, extension, places in (
        ("fitted 1.0", "VRMC_vrm", [("meta", "avatarPermission"), ("humanoid", "humanBones")]),
        ("fitted 1.0", "VRMC_springBone", [("springs", 0, "joints", 0, "node"), ("colliders", 0, "shape", "sphere")]),
        ("fitted 0.x", "VRM", [("meta", "allowedUserName"), ("blendShapeMaster", "blendShapeGroups", 0, "presetName")]),
    ):
        for place in places:
            broken = copy.deepcopy(documents[name])
            holder = broken["extensions"][extension]
            for key in place[:-1]:
                holder = holder[key]
            holder[place[-1]] = "neither"
            assert len(find_violations(broken, schemas)) >= 1, place
    broken = copy.deepcopy(documents["fitted 1.0"])
    del broken["materials"][0]["extensions"]["VRMC_materials_mtoon"]["specVersion"]
    assert len(find_violations(broken, schemas)) == 1


def test_files_hold_to_the_official_schemas(make_documents: Callable[[], dict[str, dict[str, Any]]]) -> None:
    named = Path(os.environ.get("PANIC3D_VRM_SPECIFICATION") or "not named")
    schemas = read_official_schemas(named / "specification")
    check(make_documents(), schemas)


@pytest.mark.browser
def test_files_hold_to_the_types_of_three_vrm(
    make_documents: Callable[[], dict[str, dict[str, Any]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    schemas = generate_schemas(npm_folder(tmp_path_factory, *NPM_PACKAGES))
    check(make_documents(), schemas)
    unknown = copy.deepcopy(make_documents()["fitted 1.0"])
    unknown["extensions"]["VRMC_vrm"]["meta"]["licenceUrl"] = ""
    assert len(find_violations(unknown, schemas)) == 1


def test_meta_has_only_what_vrm_knows() -> None:
    with pytest.raises(ValueError, match="authors"):
        replace(PRIVATE, authors=("Jo Doe", " "))
    with pytest.raises(ValueError, match="authors"):
        replace(PRIVATE, authors=())
    with pytest.raises(ValueError, match=r"modification must be one of prohibited, .* got 'some'"):
        replace(PRIVATE, modification="some")
