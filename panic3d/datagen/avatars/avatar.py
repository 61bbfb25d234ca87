"""Load a character file (VRM 0.x, VRM 1.0, glTF or PMX) and bring it into the head frame: posed, fitted, clipped.

All changes of axes and units happen here and in the readers; see `docs/reference/conventions.md` for the head frame.
"""

import math
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float

from panic3d.cameras.axes import BOX_SIDE_M, HEAD_ORIGIN_OFFSET_M
from panic3d.datagen.avatars.character.clipping import clip_by_plane, clip_outside_box, clip_to_box
from panic3d.datagen.avatars.character.posed import AvatarKind, PosedCharacter
from panic3d.datagen.avatars.character.surfaces import MaterialSurface
from panic3d.datagen.avatars.checks import VRM_KINDS, AvatarChecks
from panic3d.datagen.avatars.files.archives import Archive, ArchiveFiles
from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.avatars.files.faults import describe_fault
from panic3d.datagen.avatars.files.resources import FolderFiles, read_model_bytes
from panic3d.datagen.avatars.options import AvatarOptions
from panic3d.datagen.avatars.readers import ARCHIVE_SUFFIX, MODEL_SUFFIXES, read_character

FIT_MARGIN_M = 0.02
DEFAULT_OPTIONS = AvatarOptions()
TOP_HEIGHT_M = 0.3
"""Without a skeleton, everything within this distance of the top counts as the head."""


@dataclass(frozen=True)
class Avatar:
    """The surfaces of a character in the head frame, posed and clipped to the box, and their origin."""

    surfaces: list[MaterialSurface]
    kind: AvatarKind
    head_from_file: Float[np.ndarray, "4 4"]
    """From the file's world axes to the head frame, including the scale but not the pose."""
    scale: float
    """The scale of the fit alone; 1 where nothing had to be scaled."""
    cut: bool
    """Whether a part of the head (long hair, a hat) lay outside the box."""
    occluders: list[MaterialSurface] = field(default_factory=list)
    """With `paper_clip`: the geometry outside the box, which is invisible itself."""
    title: str = ""
    author: str = ""
    licence: str = ""
    member: str | None = None
    """The path of the model inside its archive."""


def load_avatar(path: Path, options: AvatarOptions = DEFAULT_OPTIONS, lower_arms: bool = True) -> Avatar:
    """Load a character file, or the one inside a .zip archive; without `lower_arms` in the pose of the file.

    Raises AvatarError (with a one-sentence reason) where the file is broken or shows nothing, and AvatarSkipped where a
    check rejects it or an archive holds no model.
    """
    try:
        if path.suffix.lower() != ARCHIVE_SUFFIX:
            data, companions = read_model_bytes(path), FolderFiles(path.parent)
            return _bring_to_head(read_character(data, path.name, companions, options, lower_arms), options)
        with Archive(path) as archive:
            member = archive.choose_model(MODEL_SUFFIXES, options.member)
            members = ArchiveFiles(archive, member)
            character = read_character(archive.read(member), member, members, options, lower_arms)
        return replace(_bring_to_head(character, options), member=member)
    except AvatarError:
        raise
    except Exception as error:  # broken numbers and references cause exceptions of any type
        raise AvatarError(f"{path.name} is broken: {describe_fault(error)}") from error


def _bring_to_head(character: PosedCharacter, options: AvatarOptions) -> Avatar:
    """Check, move, scale and clip a character."""
    AvatarChecks(options.checks, options.no_check).check_character(character)
    surfaces = character.surfaces
    if character.head_m is None:
        low, high = _find_top_bounds(surfaces)
        origin, head = (low + high) / 2, np.stack([low, high])
        below_m = math.inf
    else:
        origin, below_m = character.head_m + HEAD_ORIGIN_OFFSET_M, HEAD_ORIGIN_OFFSET_M[1]
        head = np.concatenate([surface.xyz_head_m[surface.in_head] for surface in surfaces])
    scale, cut = _fit_to_box(head - origin, options.fit and character.kind not in VRM_KINDS, below_m)
    head_from_file = character.upright_from_file.copy()
    head_from_file[:3, 3] -= origin
    head_from_file[:3] *= scale
    moved = [replace(part, xyz_head_m=_transform_points(part.xyz_head_m, origin, scale)) for part in surfaces]
    inside = [part for part in map(clip_to_box, moved) if len(part.triangles)]
    if not inside:
        raise AvatarError("nothing of the character lies within the 0.7 m box about its head")
    outside = [part for part in map(clip_outside_box, moved) if len(part.triangles)] if options.paper_clip else []
    occluders = [replace(part, material=replace(part.material, holdout=True)) for part in outside]
    attribution = (character.title, character.author, character.licence)
    return Avatar(inside, character.kind, head_from_file, scale, cut, occluders, *attribution)


def _transform_points(
    xyz: Float[np.ndarray, "V 3"], origin: Float[np.ndarray, "3"], scale: float
) -> Float[np.ndarray, "V 3"]:
    return ((xyz.astype(np.float64) - origin) * scale).astype(np.float32)


def _find_top_bounds(surfaces: list[MaterialSurface]) -> tuple[Float[np.ndarray, "3"], Float[np.ndarray, "3"]]:
    """Find the bounding box of everything within 0.3 m of the top, which stands for the head without a skeleton."""
    lowest_m = max(float(surface.xyz_head_m[:, 1].max()) for surface in surfaces) - TOP_HEIGHT_M
    top = [clip_by_plane(part.xyz_head_m, part.triangles, 1, -1.0, -lowest_m) for part in surfaces]
    xyz = np.concatenate([vertices[np.unique(triangles)] for vertices, triangles in top]).astype(np.float64)
    return xyz.min(axis=0), xyz.max(axis=0)


def _fit_to_box(head: Float[np.ndarray, "N 3"], can_scale: bool, head_bone_depth_m: float) -> tuple[float, bool]:
    """Return the scale that makes the head fit (1 where it fits or must not be scaled), and whether it is cut.

    Only points above the head bone, which lies `head_bone_depth_m` below the origin, determine the scale: hanging hair
    may leave the box, as that of a VRM may; otherwise long twin tails would shrink the face to a few pixels.
    """
    above = np.abs(head[head[:, 1] >= -head_bone_depth_m])
    scale = 1.0
    if can_scale and len(above):
        scale = min(1.0, (BOX_SIDE_M / 2 - FIT_MARGIN_M) / float(above.max()))
    return scale, bool(len(head) and np.abs(head).max() * scale > BOX_SIDE_M / 2)
