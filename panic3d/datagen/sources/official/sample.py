"""The sample of one id of the authors' tree."""

from pathlib import Path
from typing import Any

import numpy as np

from panic3d.cameras.axes import IMAGE_SIZE
from panic3d.datagen.sources.official.tree import OfficialTree
from panic3d.datagen.sources.official.views import UnusablePicture, make_view_members, read_picture
from panic3d.datagen.sources.vroid_hub.records import extract_licence
from panic3d.geometry.glb import encode_glb
from panic3d.runtime.errors import name_stage
from panic3d.runtime.pictures import open_picture
from panic3d.runtime.regular_files import UnsuitableFile
from panic3d.shards.schema import SCHEMA, compute_sha256, encode_json, encode_png, make_camera_record, make_plain_stem

POSITION_QUANTUM_M = 0.7 / 255
"""The step of the authors' 8-bit position maps."""


def make_key(tree: OfficialTree, sample: str) -> str:
    """Make the key of an id: its last part and the first 8 hex digits of its front view's sha256.

    Raises OSError where there is no front view.
    """
    front = tree.root / tree.views(sample)[0].colour
    return f"{make_plain_stem(Path(sample.rpartition('/')[2] + '.png'))}-{compute_sha256(front)[:8]}"


@name_stage("converting the pictures")
def make_members(tree: OfficialTree, sample: str, size: int = IMAGE_SIZE) -> dict[str, bytes]:
    """Make the members of an id (see docs/reference/formats.md), for an AnimeRecon pair including those of a suite.

    Raises UnusablePicture where a file is missing, broken, or does not agree with its camera.
    """
    needed, optional = tree.list_missing(sample)
    if needed:
        raise UnusablePicture(f"missing {', '.join(needed)}")
    members: dict[str, bytes] = {}
    cameras = {}
    for view in tree.views(sample):
        if view.colour not in optional and view.position not in optional:
            camera, pictures = make_view_members(tree.root, view, tree.cameras, size)
            cameras[view.name] = make_camera_record(camera, size)
            members |= pictures
    if tree.part == "animerecon":
        members |= _make_pair_members(tree, sample, size)
    members["meta.json"] = encode_json(_make_meta(tree, sample, cameras))
    return members


def _make_meta(tree: OfficialTree, sample: str, cameras: dict[str, Any]) -> dict[str, Any]:
    front = tree.views(sample)[0].colour
    record = tree.get_record(sample)
    character = record.get("character") or {}
    return {
        "schema": SCHEMA,
        "source": front,
        "sha256": compute_sha256(tree.root / front),
        "kind": f"official-{tree.render_set}",
        "title": record.get("name") or character.get("name"),
        "author": (character.get("user") or {}).get("name"),
        "licence": ", ".join(f"{name}: {value}" for name, value in extract_licence(record).items()) or None,
        "head_from_file": None,  # the pictures do not contain it
        "scale": 1.0,
        "cut": None,
        "depth_quantum_m": POSITION_QUANTUM_M,
        "views": cameras,
        "labels": None,
    }


def _make_pair_members(tree: OfficialTree, pair: str, size: int) -> dict[str, bytes]:
    extras = tree.extras(pair)
    alignment = tree.alignments.get(pair)
    portrait = read_picture(tree.root / extras["portrait"], size, "RGBA").copy()
    mask = _read_mask(tree.root / extras["portrait"].replace("/fandom_align/", "/fandom_align_seg/"), size)
    if mask is not None:
        portrait[..., 3] = np.minimum(portrait[..., 3], mask)
    record = {
        "schema": SCHEMA,
        "align": np.eye(3).tolist(),  # this portrait is aligned already
        "roi": list(alignment.roi) if alignment and alignment.roi else None,
        "franchise": pair.partition("/")[0],
        "licence": None,
    }
    return {
        "portrait.png": encode_png(portrait),
        "pair.json": encode_json(record),
        "mesh.glb": _make_mesh(tree.root / extras["model"], pair),
    }


def _read_mask(path: Path, size: int) -> np.ndarray | None:
    """Read the authors' background mask of a portrait, from its alpha or its grey; None where there is none."""
    if not path.is_file():
        return None
    try:
        with open_picture(path) as image:
            has_alpha = "A" in image.getbands()
    except (UnsuitableFile, OSError, SyntaxError, ValueError) as error:
        raise UnusablePicture(f"{path} is no readable picture ({type(error).__name__})") from None
    pixels = read_picture(path, size, "RGBA" if has_alpha else "L")
    return pixels[..., 3] if has_alpha else pixels


def _make_mesh(path: Path, title: str) -> bytes:
    from panic3d.datagen.avatars.avatar import load_avatar
    from panic3d.datagen.avatars.character.surfaces import build_coloured_mesh
    from panic3d.datagen.avatars.files.errors import AvatarError
    from panic3d.datagen.avatars.options import AvatarOptions

    try:
        return encode_glb(build_coloured_mesh(load_avatar(path, AvatarOptions()).surfaces), title=title)
    except AvatarError as error:
        raise UnusablePicture(f"{path.name}: {error}") from None
