"""Pictures of the character from the front and from behind, projected on its surface."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, UInt8

from panic3d.cameras.axes import BOX_SIDE_M, IMAGE_SIZE, MASK_ALPHA
from panic3d.cameras.projected_picture import ProjectedPicture
from panic3d.cameras.resampling import average_blocks
from panic3d.cameras.rigs import make_view_camera
from panic3d.geometry.textured_raycast import TexturedScene
from panic3d.models.character.fitting.evidence import OUTLINE_SIZE
from panic3d.models.character.fitting.outlines import Outline, match_outlines, trace_outline
from panic3d.models.character.fitting.shape.lattice import Deformation, fit_deformation
from panic3d.models.portrait.alignment.warp import warp_affine

SCALES = np.geomspace(0.4, 2.5, 38)
"""Sizes at which the picture from behind is laid on the character."""
COMPARED_HEIGHT_M = 0.3
"""How far below the top of the head the outlines are compared; pictures end anywhere below."""
CENTRED_HEIGHT_M = 0.12
"""The middle of the head is that of the outline down to here."""
MARGIN_M = 0.004
"""How far outside a picture's silhouette it still gives its colours: those of its border."""
STEPS = ((0.05, 10.0), (0.03, 1.0))
"""Of each iteration: how far outlines are matched, in metres, and the stiffness of the lattice."""


@dataclass(frozen=True)
class PictureProjection:
    """A picture and where each point of the character lies in it.

    A point's (x, y), mirrored for a picture from behind, is deformed, then moved and scaled to the picture's frame.
    """

    picture: ProjectedPicture
    from_behind: bool = False
    deformation: Deformation | None = None
    shift_m: tuple[float, float] = (0.0, 0.0)
    scale: float = 1.0

    @property
    def direction(self) -> float:
        """Return 1 if the camera stands at +z, -1 if it stands at -z."""
        return -1.0 if self.from_behind else 1.0

    def sample(self, xyz_head_m: Float32[np.ndarray, "N 3"]) -> Float[np.ndarray, "N 3"]:
        """Return the picture's colours, RGB in [0, 1], at points."""
        return self.picture.sample(self._place(xyz_head_m))

    def contains(self, xyz_head_m: Float32[np.ndarray, "N 3"]) -> Bool[np.ndarray, " N"]:
        """Return which points lie in the picture's silhouette, or very near to it."""
        return self.picture.contains(self._place(xyz_head_m), MARGIN_M)

    def _place(self, xyz_head_m: Float32[np.ndarray, "N 3"]) -> Float32[np.ndarray, "N 3"]:
        """Return points in the picture's frame."""
        placed = xyz_head_m * [self.direction, 1.0, 1.0]
        if self.deformation is not None:
            placed = self.deformation.apply(placed)
        placed[:, :2] = (placed[:, :2] - self.shift_m) / self.scale
        return placed.astype(np.float32)


def project_from_behind(rgba: UInt8[np.ndarray, "512 512 4"], scene: TexturedScene) -> PictureProjection:
    """Lay a picture of the back on the character's outline from behind.

    The picture may have any size and place in its frame. Tops and middles of the heads are brought together at the
    scale at which the outlines of the heads agree best; a lattice takes what is left.
    """
    back = scene.find_materials(make_view_camera("back"), OUTLINE_SIZE) >= 0
    given = average_blocks(rgba[..., 3].astype(np.float32) / 255, IMAGE_SIZE // OUTLINE_SIZE) >= MASK_ALPHA
    scale, shift_m = _find_placement(given, back)
    outline = trace_outline(given)
    fixed = Outline(outline.xy_head_m * scale + shift_m, outline.normal)
    moving = trace_outline(back)
    deformation = Deformation.make_identity()
    for reach_m, stiffness in STEPS:
        placed = deformation.apply(np.column_stack([moving.xy_head_m, np.zeros(len(moving.xy_head_m))]))[:, :2]
        matched, targets, weights = match_outlines(Outline(placed, moving.normal), fixed, reach_m)
        deformation = fit_deformation(moving.xy_head_m[matched], targets, weights, stiffness)
    return PictureProjection(ProjectedPicture(rgba), True, deformation, (float(shift_m[0]), float(shift_m[1])), scale)


def _find_placement(
    given: Bool[np.ndarray, "S S"], back: Bool[np.ndarray, "S S"]
) -> tuple[float, Float[np.ndarray, "2"]]:
    """Return the scale and shift that lay a mask on the upper part of another, in metres about the frame's middle."""
    if not given.any() or not back.any():
        return 1.0, np.zeros(2)
    size = len(back)
    metres = BOX_SIDE_M / size
    top_row, middle = _find_top(back, CENTRED_HEIGHT_M / metres)
    compared = slice(max(0, round(top_row) - 2), round(top_row + COMPARED_HEIGHT_M / metres))
    found = []
    for scale in SCALES:
        their_top, their_middle = _find_top(given, CENTRED_HEIGHT_M / metres / scale)
        shift_px = np.array([middle - scale * their_middle, top_row - scale * their_top])
        affine = np.column_stack([scale * np.eye(2), shift_px])
        laid = warp_affine(given.astype(np.float32)[..., None], affine, size, area=False)[compared, :, 0] >= MASK_ALPHA
        union = (laid | back[compared]).sum()
        found.append((float((laid & back[compared]).sum() / max(union, 1)), float(scale), shift_px))
    _, scale, shift_px = max(found, key=lambda place: place[0])
    # from columns and rows counted from the corner to metres counted from the middle, y up
    offset_px = shift_px + (scale - 1) * size / 2
    return scale, offset_px * [metres, -metres]


def _find_top(mask: Bool[np.ndarray, "S S"], height_px: float) -> tuple[float, float]:
    """Return the first row of a mask, and the middle column of what lies at most a height below it."""
    first = int(np.flatnonzero(mask.any(axis=1))[0])
    columns = np.flatnonzero(mask[first : first + max(1, round(height_px))].any(axis=0))
    return float(first), (columns[0] + columns[-1] + 1) / 2
