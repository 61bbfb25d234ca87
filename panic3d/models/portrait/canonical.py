"""From a picture to the canonical portrait: find the face, align, cut out. Every stage is kept, to be looked at."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, UInt8

from panic3d.cameras.axes import IMAGE_SIZE
from panic3d.models.portrait.alignment.similarity import (
    GENERATED,
    Targets,
    canonical_from_picture,
    centre_and_spread,
    fitted,
    moved,
)
from panic3d.models.portrait.alignment.warp import premultiplied, straight, warped
from panic3d.models.portrait.faces.face import Face, LandmarkDetector, choose
from panic3d.models.portrait.matting.matting import Matte, Matter, has_matte, matte_of
from panic3d.runtime.errors import UserError

LOOKED_AT_PX = (720, 512, 1280)
"""Longer side of the copies that faces are looked for in: the next one where the last had none."""
FRAMED_ROWS_PX, FRAMED_SPREADS_PX, FRAMED_OFF_PX = (235, 325), (9, 24), 12
"""Where faces lie on front renders, of generated characters (row 260) and of VRoid's (295): centre and spread."""


@dataclass(frozen=True)
class PortraitConfig:
    """How pictures become portraits."""

    align: Literal["auto", "always", "never"] = "auto"
    """auto: not where a square cut-out has its face where front renders have it."""
    face: int | None = None
    """Which one, counted from the left; the largest where None."""
    matting: Matter = "auto"
    targets: Targets = GENERATED


@dataclass(frozen=True)
class Stages:
    """What was seen of a picture on its way."""

    rgba: UInt8[np.ndarray, "H W 4"]
    """The picture."""
    faces: list[Face]
    chosen: Face | None
    aligned: bool
    canonical_from_picture: Float[np.ndarray, "2 3"]
    crop: UInt8[np.ndarray, "512 512 4"]
    """The picture in the canonical frame, on its own background; transparent where it has no pixels."""
    matte: Matte
    portrait: UInt8[np.ndarray, "512 512 4"]
    """Cut out: the canonical portrait."""

    @property
    def landmarks_px(self) -> Float[np.ndarray, "28 2"] | None:
        """Columns and rows of the chosen face in the canonical frame."""
        return None if self.chosen is None else moved(self.chosen.landmarks_px, self.canonical_from_picture)


def make_portrait(
    rgba: UInt8[np.ndarray, "H W 4"], faces: list[Face], config: PortraitConfig, notice: Callable[[str], None]
) -> Stages:
    """By the faces found in a picture. UserError where there is none to align by, or nothing is left of the figure."""
    align = config.align != "never"
    chosen = choose(faces, config.face) if align or faces else None
    affine = fitted(*rgba.shape[:2])
    if align and chosen is not None and not (config.align == "auto" and is_framed(rgba, chosen)):
        affine = canonical_from_picture(chosen.landmarks_px, config.targets)
    elif align:
        notice("is framed like a front render already: left as it is (--align moves it)")
        align = False
    moved_rgba = warped(premultiplied(rgba), affine, IMAGE_SIZE)
    matte = _matte(rgba, moved_rgba, affine, config.matting)
    if chosen is not None:
        matte = Matte(without_neighbours(matte.alpha, moved(chosen.landmarks_px, affine)), matte.by)
    colour = moved_rgba[..., :3] / np.maximum(moved_rgba[..., 3:], 1e-6)
    portrait = np.concatenate([colour, matte.alpha[..., None]], axis=-1)
    portrait = np.round(portrait.clip(0, 1) * 255).astype(np.uint8)
    portrait[portrait[..., 3] == 0] = 0
    if not (portrait[..., 3] >= 128).any():
        raise UserError("nothing is left of the figure without its background: give one with transparency")
    return Stages(rgba, faces, chosen, align, affine, straight(moved_rgba), matte, portrait)


def without_neighbours(
    alpha: Float[np.ndarray, "512 512"], landmarks_px: Float[np.ndarray, "28 2"]
) -> Float[np.ndarray, "512 512"]:
    """The matte without what belongs to somebody else: parts that reach the frame's border and hold none of the face.

    What floats within the frame (a halo, loose hair) stays.
    """
    from scipy.ndimage import label

    parts, count = label(alpha > 0.5 / 255)
    if count < 2:
        return alpha
    columns, rows = np.round(landmarks_px).astype(int).clip(0, IMAGE_SIZE - 1).T
    own = np.unique(parts[rows, columns])
    rim = np.unique(np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]]))
    others = np.setdiff1d(rim, [0, *own])
    return np.where(np.isin(parts, others), 0, alpha) if own.any() else alpha


def find_faces(rgba: UInt8[np.ndarray, "H W 4"], detector: LandmarkDetector) -> list[Face]:
    """On white, in a copy of moderate size, then in a larger one; landmarks in pixels of the picture itself."""
    import cv2

    shown = premultiplied(rgba)
    rgb = np.round((shown[..., :3] + 1 - shown[..., 3:]) * 255).astype(np.uint8)
    height, width = rgb.shape[:2]
    tried = 0.0
    for longest in LOOKED_AT_PX:
        scale = min(longest / max(height, width), 4.0)
        if scale == tried:
            break
        tried = scale
        size = max(1, round(width * scale)), max(1, round(height * scale))
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        faces = detector.faces(cv2.resize(rgb, size, interpolation=way))
        if faces:
            ratio = np.array([width / size[0], height / size[1]])
            return [Face(face.landmarks_px * ratio, face.score) for face in faces]
    return []


def is_framed(rgba: UInt8[np.ndarray, "H W 4"], face: Face) -> bool:
    """Whether this is a square cut-out with its face where front renders have it."""
    height, width = rgba.shape[:2]
    if height != width or not has_matte(rgba):
        return False
    (column, row), spread = centre_and_spread(face.landmarks_px * IMAGE_SIZE / height)
    rows, spreads = FRAMED_ROWS_PX, FRAMED_SPREADS_PX
    at_height = rows[0] <= row <= rows[1] and spreads[0] <= spread <= spreads[1]
    return bool(at_height and abs(column - IMAGE_SIZE / 2) <= FRAMED_OFF_PX)


def _matte(
    rgba: UInt8[np.ndarray, "H W 4"],
    aligned: Float[np.ndarray, "512 512 4"],
    affine: Float[np.ndarray, "2 3"],
    by: Matter,
) -> Matte:
    """`aligned`: colours times alpha."""
    if by == "given" or (by == "auto" and has_matte(rgba)):
        return Matte(aligned[..., 3], "given alpha")
    height, width = rgba.shape[:2]
    inside: Bool[np.ndarray, "512 512"] = (
        warped(np.ones((height, width, 1), np.float32), affine, IMAGE_SIZE)[..., 0] > 0.5
    )
    rim = np.concatenate([rgba[0], rgba[-1], rgba[:, 0], rgba[:, -1]])[:, :3]
    beyond = np.median(rim, axis=0) / 255
    rgb = np.where(inside[..., None], aligned[..., :3] + 1 - aligned[..., 3:], beyond).astype(np.float32)
    found = matte_of(rgb, inside, by)
    return Matte(found.alpha * aligned[..., 3], found.by)
