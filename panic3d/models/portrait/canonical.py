"""From a picture to the canonical portrait: detect the face, align the picture, cut the figure out."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, UInt8

from panic3d.cameras.axes import IMAGE_SIZE
from panic3d.cameras.compositing import composite_premultiplied_on_white, premultiply, unpremultiply
from panic3d.models.portrait.alignment.similarity import (
    GENERATED_TARGETS,
    AlignmentTargets,
    align_to_canonical,
    fit_square,
    fit_whole_picture,
    measure_landmarks,
    transform_points,
)
from panic3d.models.portrait.alignment.warp import warp_affine
from panic3d.models.portrait.faces.face import Face, LandmarkDetector, choose_face
from panic3d.models.portrait.faces.plausibility import is_noise
from panic3d.models.portrait.matting.matting import Matte, MattingMethod, estimate_matte, has_matte
from panic3d.runtime.errors import UserError, name_stage

DETECTION_SIZES_PX = (720, 512, 1280)
"""Longer sides of the copies in which faces are detected: the next one is tried if the last showed none."""
FRAMED_ROWS_PX, FRAMED_SPREADS, FRAMED_OFFSET_PX = 30, (0.55, 1.45), 12
"""How far from their mean faces lie on front renders: row of the centre, spread of the landmarks as a factor, and
distance of the centre from the middle column."""


@dataclass(frozen=True)
class CropSquare:
    """A square of a picture, in its pixels; it may reach beyond the picture."""

    left_px: float
    top_px: float
    side_px: float


@dataclass(frozen=True)
class PortraitConfig:
    """How a picture becomes a canonical portrait."""

    align: Literal["auto", "always", "never"] = "auto"
    """auto: unless the picture is a square cut-out with its face where front renders have it."""
    face: int | None = None
    """Number of the face, counted from 1 at the left; None: the largest."""
    matting: MattingMethod = "auto"
    targets: AlignmentTargets = GENERATED_TARGETS
    crop: CropSquare | None = None
    """The square that becomes the canonical frame, instead of the alignment by a face."""


@dataclass(frozen=True)
class AlignedPicture:
    """A picture with its faces, moved into the frame of the front orthographic view."""

    rgba: UInt8[np.ndarray, "H W 4"]
    """The picture itself."""
    faces: list[Face]
    """In pixels of the picture."""
    chosen: Face | None
    """The face that the portrait is of; None if there is none."""
    aligned: bool
    """Whether the face was moved to where front renders have it; else the whole picture was scaled to the frame."""
    canonical_from_picture: Float[np.ndarray, "2 3"]
    """Maps column and row of the picture to those of the canonical frame."""
    premultiplied: Float[np.ndarray, "512 512 4"]
    """The picture in the canonical frame, in [0, 1], colours times alpha; zero where the picture has no pixels."""

    @property
    def crop(self) -> UInt8[np.ndarray, "512 512 4"]:
        """The picture in the canonical frame with its own background, straight alpha."""
        return unpremultiply(self.premultiplied)

    @property
    def landmarks_px(self) -> Float[np.ndarray, "28 2"] | None:
        """Column and row of the chosen face's landmarks in the canonical frame; None if there is no face."""
        return None if self.chosen is None else transform_points(self.chosen.landmarks_px, self.canonical_from_picture)


@dataclass(frozen=True)
class PortraitStages(AlignedPicture):
    """All stages from a picture to its canonical portrait."""

    matte: Matte
    portrait: UInt8[np.ndarray, "512 512 4"]
    """The canonical portrait: the figure alone, straight alpha."""


def make_portrait(rgba: UInt8[np.ndarray, "H W 4"], faces: list[Face], config: PortraitConfig) -> PortraitStages:
    """Align a picture by one of its faces and cut the figure out of its background.

    Raises UserError if there is no face to align by, or if nothing is left of the figure.
    """
    aligned = align_picture(rgba, faces, config)
    matte = compute_matte(aligned, config.matting)
    return PortraitStages(**vars(aligned), matte=matte, portrait=cut_out_figure(aligned, matte))


@name_stage("aligning the picture")
def align_picture(rgba: UInt8[np.ndarray, "H W 4"], faces: list[Face], config: PortraitConfig) -> AlignedPicture:
    """Move a picture into the canonical frame by one of its faces (a similarity without rotation), or by a square.

    Raises UserError if there is no face to align by, or none of the chosen number.
    """
    crop = config.crop
    align = config.align != "never" and crop is None
    chosen = choose_face(faces, config.face) if align or faces else None
    align = align and chosen is not None and not (config.align == "auto" and is_framed(rgba, chosen, config.targets))
    if crop is not None:
        affine = fit_square(crop.left_px, crop.top_px, crop.side_px)
    elif align and chosen is not None:
        affine = align_to_canonical(chosen.landmarks_px, config.targets)
    else:
        affine = fit_whole_picture(*rgba.shape[:2])
    return AlignedPicture(rgba, faces, chosen, align, affine, warp_affine(premultiply(rgba), affine, IMAGE_SIZE))


@name_stage("removing the background")
def compute_matte(aligned: AlignedPicture, by: MattingMethod) -> Matte:
    """Compute which pixels of an aligned picture show the figure of the chosen face."""
    matte = _matte_with_neighbours(aligned, by)
    if aligned.landmarks_px is None:
        return matte
    return Matte(remove_neighbours(matte.alpha, aligned.landmarks_px), matte.by)


def cut_out_figure(aligned: AlignedPicture, matte: Matte) -> UInt8[np.ndarray, "512 512 4"]:
    """Return the canonical portrait: the colours of an aligned picture with the alpha of its matte.

    Raises UserError if no pixel is at least half opaque.
    """
    colour = aligned.premultiplied[..., :3] / np.maximum(aligned.premultiplied[..., 3:], 1e-6)
    portrait = np.concatenate([colour, matte.alpha[..., None]], axis=-1)
    portrait = np.round(portrait.clip(0, 1) * 255).astype(np.uint8)
    portrait[portrait[..., 3] == 0] = 0
    if not (portrait[..., 3] >= 128).any():
        raise UserError("nothing is left of the figure without its background: give one with transparency")
    return portrait


def remove_neighbours(
    alpha: Float[np.ndarray, "512 512"], landmarks_px: Float[np.ndarray, "28 2"]
) -> Float[np.ndarray, "512 512"]:
    """Return a matte without other people: parts that touch the frame's border and hold no landmark of the face.

    Parts that float within the frame (a halo, loose hair) stay.
    """
    from scipy.ndimage import label

    parts, count = label(alpha > 0.5 / 255)
    if count < 2:
        return alpha
    columns, rows = np.round(landmarks_px).astype(int).clip(0, IMAGE_SIZE - 1).T
    own = np.unique(parts[rows, columns])
    border = np.unique(np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]]))
    others = np.setdiff1d(border, [0, *own])
    return np.where(np.isin(parts, others), 0, alpha) if own.any() else alpha


@name_stage("finding the face")
def find_faces(rgba: UInt8[np.ndarray, "H W 4"], detector: LandmarkDetector) -> list[Face]:
    """Detect the faces of a picture, shown on white, in copies of moderate size; landmarks in pixels of the picture.

    What a detector sees in noise is no face.
    """
    import cv2

    rgb = np.round(composite_premultiplied_on_white(premultiply(rgba)) * 255).astype(np.uint8)
    height, width = rgb.shape[:2]
    tried = 0.0
    for longest in DETECTION_SIZES_PX:
        scale = min(longest / max(height, width), 4.0)
        if scale == tried:
            break
        tried = scale
        size = max(1, round(width * scale)), max(1, round(height * scale))
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        found = detector.faces(cv2.resize(rgb, size, interpolation=way))
        ratio = np.array([width / size[0], height / size[1]])
        faces = [Face(face.landmarks_px * ratio, face.score) for face in found]
        if faces := [face for face in faces if not is_noise(rgb, face)]:
            return faces
    return []


def is_framed(rgba: UInt8[np.ndarray, "H W 4"], face: Face, targets: AlignmentTargets = GENERATED_TARGETS) -> bool:
    """Return whether a picture is a square cut-out with its face where front renders have it."""
    height, width = rgba.shape[:2]
    if height != width or not has_matte(rgba):
        return False
    (column, row), spread = measure_landmarks(face.landmarks_px * IMAGE_SIZE / height)
    least, most = (factor * targets.spread_px for factor in FRAMED_SPREADS)
    at_height = abs(row - targets.row_px) <= FRAMED_ROWS_PX and least <= spread <= most
    return bool(at_height and abs(column - IMAGE_SIZE / 2) <= FRAMED_OFFSET_PX)


def _matte_with_neighbours(aligned: AlignedPicture, by: MattingMethod) -> Matte:
    rgba, colours = aligned.rgba, aligned.premultiplied
    if by == "given" or (by == "auto" and has_matte(rgba)):
        return Matte(colours[..., 3], "given alpha")
    picture = np.ones((*rgba.shape[:2], 1), np.float32)
    inside: Bool[np.ndarray, "512 512"] = warp_affine(picture, aligned.canonical_from_picture, IMAGE_SIZE)[..., 0] > 0.5
    border = np.concatenate([rgba[0], rgba[-1], rgba[:, 0], rgba[:, -1]])[:, :3]
    outside = np.median(border, axis=0) / 255
    rgb = np.where(inside[..., None], composite_premultiplied_on_white(colours), outside).astype(np.float32)
    found = estimate_matte(rgb, inside, by)
    return Matte(found.alpha * colours[..., 3], found.by)
