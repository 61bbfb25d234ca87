"""A character file before rendering: VRM 0.x, VRM 1.0, glTF or PMX, in the head frame, posed, fitted and cut.

This is done once, here and in the readers that it calls; nobody else turns anything (DESIGN: conventions).
"""

import math
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float

from panic3d.cameras.axes import BOX_SIDE_M, HEAD_ORIGIN_OFFSET_M
from panic3d.datagen.avatars.character.posed import Character, Kind
from panic3d.datagen.avatars.character.surfaces import Surface, clip_by_plane, clip_to_box, outside_of_box
from panic3d.datagen.avatars.files.archives import Archive, InArchive
from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.avatars.files.resources import Beside, Folder, read_whole
from panic3d.datagen.avatars.filters import Checks
from panic3d.datagen.avatars.gltf.character import gltf_character
from panic3d.datagen.avatars.gltf.reader import GltfFile
from panic3d.datagen.avatars.pmx.character import pmx_character
from panic3d.datagen.avatars.pmx.reader import MAGIC, read_pmx

ARCHIVE_SUFFIX = ".zip"
MODEL_SUFFIXES = (".vrm", ".glb", ".gltf", ".pmx")
SUFFIXES = (*MODEL_SUFFIXES, ARCHIVE_SUFFIX)
OTHER_FORMATS = {
    b"PK\x03\x04": "a zip archive: name it .zip, or unpack it and give the model inside",
    b"Rar!": "a RAR archive: unpack it and give the model inside",
    b"7z\xbc\xaf": "a 7z archive: unpack it and give the model inside",
    b"Pmd": "a PMD model, which came before PMX: save it as PMX in PMX Editor",
    b"Kaydara FBX": "an FBX model: export it as GLB or VRM",
}
FIT_MARGIN_M = 0.02
TOP_PART_M = 0.3
"""Without a skeleton the head is what lies within this distance of the top."""


@dataclass(frozen=True)
class AvatarOptions:
    """How a file is brought into the head frame."""

    facing: Literal["+z", "-z"] = "+z"
    """Where a plain glTF character looks (a VRM and a PMX say so themselves)."""
    fit: bool = True
    """Scale a file that is no VRM so that its head part fits the box with 2 cm to spare."""
    paper_materials: bool = False
    """As in the paper: alpha under 0.5 discarded, no blending, no culling."""
    paper_clip: bool = False
    """As in the paper: what lies outside the box is not seen, but hides what is behind it."""
    head_bone: str | None = None
    """The head's name in files whose own names do not tell (a VRM's humanoid block does)."""
    member: str | None = None
    """Which model of a .zip with several: its path or file name there, * and ? standing for anything."""
    checks: Literal["standard", "paper"] = "standard"
    """Which avatars are left out (`panic3d.datagen.avatars.filters`)."""
    no_check: str = ""
    """Names of checks that are not made, joined by commas."""


@dataclass(frozen=True)
class Avatar:
    """Surfaces in the head frame, posed and cut to the box, and where they came from."""

    surfaces: list[Surface]
    kind: Kind
    head_from_file: Float[np.ndarray, "4 4"]
    """From the file's world axes to the head frame, scale included, pose not."""
    scale: float
    """Of the fit alone, 1 where nothing had to be scaled."""
    cut: bool
    """Whether a part of the head (long hair, a hat) lay outside the box."""
    hiding: list[Surface] = field(default_factory=list)
    """With `paper_clip`: what lies outside the box, not seen itself."""
    title: str = ""
    author: str = ""
    licence: str = ""
    member: str | None = None
    """Its path inside the archive that it came in."""


def load_avatar(path: Path, options: AvatarOptions = AvatarOptions(), lower_arms: bool = True) -> Avatar:
    """Reads a character file, or the one in a .zip archive; without `lower_arms` in the pose of the file.

    AvatarError (a one-sentence reason) where it is broken or has nothing to show; AvatarSkipped where a check turns it
    down or an archive holds no model.
    """
    try:
        if path.suffix.lower() != ARCHIVE_SUFFIX:
            return _to_head(_read(read_whole(path), path.name, Folder(path.parent), options, lower_arms), options)
        with Archive(path) as archive:
            member = archive.choose_model(MODEL_SUFFIXES, options.member)
            character = _read(archive.read(member), member, InArchive(archive, member), options, lower_arms)
        return replace(_to_head(character, options), member=member)
    except AvatarError:
        raise
    except Exception as error:  # whatever broken numbers and references lead to
        raise AvatarError(f"{path.name} is broken: {type(error).__name__}: {error}") from error


def _read(data: bytes, name: str, beside: Beside, options: AvatarOptions, lower_arms: bool) -> Character:
    """What a file is, its first bytes say."""
    for magic, what in OTHER_FORMATS.items():
        if data.startswith(magic):
            raise AvatarError(f"{name} is {what}")
    if data.startswith(MAGIC):
        return pmx_character(read_pmx(data), beside, options.head_bone, options.paper_materials, lower_arms)
    gltf = GltfFile(data, name, beside)
    return gltf_character(gltf, options.facing, options.head_bone, options.paper_materials, lower_arms)


def _to_head(character: Character, options: AvatarOptions) -> Avatar:
    Checks(options.checks, options.no_check).character(character)
    surfaces = character.surfaces
    if character.head_m is None:
        low, high = _top_bounds(surfaces)
        origin, head = (low + high) / 2, np.stack([low, high])
        below_m = math.inf
    else:
        origin, below_m = character.head_m + HEAD_ORIGIN_OFFSET_M, HEAD_ORIGIN_OFFSET_M[1]
        head = np.concatenate([surface.xyz_head_m[surface.in_head] for surface in surfaces])
    is_vrm = character.kind in ("vrm0", "vrm1")
    scale, cut = _fit(head - origin, options.fit and not is_vrm, below_m)
    head_from_file = character.turned_from_file.copy()
    head_from_file[:3, 3] -= origin
    head_from_file[:3] *= scale
    moved = [replace(part, xyz_head_m=_moved(part.xyz_head_m, origin, scale)) for part in surfaces]
    inside = [part for part in map(clip_to_box, moved) if len(part.triangles)]
    if not inside:
        raise AvatarError("nothing of the character lies within the 0.7 m box about its head")
    outside = [part for part in map(outside_of_box, moved) if len(part.triangles)] if options.paper_clip else []
    hiding = [replace(part, material=replace(part.material, holdout=True)) for part in outside]
    meta = (character.title, character.author, character.licence)
    return Avatar(inside, character.kind, head_from_file, scale, cut, hiding, *meta)


def _moved(xyz: Float[np.ndarray, "V 3"], origin: Float[np.ndarray, "3"], scale: float) -> Float[np.ndarray, "V 3"]:
    return ((xyz.astype(np.float64) - origin) * scale).astype(np.float32)


def _top_bounds(surfaces: list[Surface]) -> tuple[Float[np.ndarray, "3"], Float[np.ndarray, "3"]]:
    """The bounding box of what lies within 0.3 m of the top: a head, where no skeleton tells."""
    floor_m = max(surface.xyz_head_m[:, 1].max() for surface in surfaces) - TOP_PART_M
    top = [clip_by_plane(part.xyz_head_m, part.triangles, 1, -1.0, -floor_m) for part in surfaces]
    xyz = np.concatenate([vertices[np.unique(triangles)] for vertices, triangles in top]).astype(np.float64)
    return xyz.min(axis=0), xyz.max(axis=0)


def _fit(head: Float[np.ndarray, "N 3"], can_scale: bool, hangs_below_m: float) -> tuple[float, bool]:
    """The scale that makes the head fit (1 where it does or may not), and whether some of the head part is cut.

    The scale looks at what of the head part lies above the head bone: hair that hangs down may leave the box, as a
    VRM's may; else a child's twin tails would shrink its face to a few pixels.
    """
    above = np.abs(head[head[:, 1] >= -hangs_below_m])
    scale = 1.0
    if can_scale and len(above):
        scale = min(1.0, (BOX_SIDE_M / 2 - FIT_MARGIN_M) / float(above.max()))
    return scale, bool(len(head) and np.abs(head).max() * scale > BOX_SIDE_M / 2)
