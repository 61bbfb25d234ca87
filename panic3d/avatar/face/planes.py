"""What is seen through the openings of a face: a sheet behind each eye, and the inside of the mouth."""

import numpy as np
from jaxtyping import Float

from panic3d.avatar.face.contours import Opening
from panic3d.avatar.face.sheet import FaceSheet
from panic3d.datagen.synth.meshes.mesh import MeshPart, triangulate_grid

EYE_DEPTH_M, MOUTH_DEPTH_M, OPEN_MOUTH_DEPTH_M = 0.0016, 0.007, 0.004
"""How far behind the skin they lie; the mouth's is nearer where the portrait shows it open."""
EYE_MARGIN_SHARE = 0.3
"""How far the sheet of an eye goes on beyond the opening, in its widths; the eye turns behind it."""
VERTICES = 13
NEAR_M = 0.003
"""What is so near to an opening may be seen through it."""
CHIN_MARGIN_M = 0.004
"""How far above the chin the inside of the mouth ends."""
MOUTH_WIDTHS, MOUTH_HEIGHTS_M = 1.5, (0.012, 0.034)
"""Width of the inside of the mouth in widths of the mouth, and how far it reaches above and below its line."""


def build_eyes(sheet: FaceSheet) -> list[MeshPart]:
    """Build the sheets behind the openings of the eyes, which follow the bones of the eyes."""
    parts = []
    for opening, bone in zip(sheet.eyes, ("rightEye", "leftEye"), strict=True):
        margin = EYE_MARGIN_SHARE * opening.width_m
        low = np.array([opening.x_m[0], opening.lower_m.min()]) - margin
        high = np.array([opening.x_m[-1], opening.upper_m.max()]) + margin
        xyz, faces = _build_grid(sheet, opening, low, high, EYE_DEPTH_M)
        parts.append(MeshPart("Eye", xyz, faces, np.zeros((len(xyz), 2)), {bone: np.ones(len(xyz))}))
    return parts


def build_mouth_inside(sheet: FaceSheet) -> MeshPart:
    """Build the inside of the mouth, which follows the head."""
    mouth = sheet.mouth
    half = MOUTH_WIDTHS * mouth.width_m / 2
    middle = mouth.x_m[[0, -1]].mean()
    low = np.array([middle - half, mouth.lower_m.min() - MOUTH_HEIGHTS_M[1]])
    high = np.array([middle + half, mouth.upper_m.max() + MOUTH_HEIGHTS_M[0]])
    low[1] = max(low[1], float(sheet.region.low_m[1]) + CHIN_MARGIN_M)
    depth_m = OPEN_MOUTH_DEPTH_M if is_open(mouth) else MOUTH_DEPTH_M
    xyz, faces = _build_grid(sheet, mouth, low, high, depth_m)
    return MeshPart("MouthInside", xyz, faces, np.zeros((len(xyz), 2)), {"head": np.ones(len(xyz))})


def is_open(mouth: Opening) -> bool:
    """Return whether the portrait shows the inside of the mouth."""
    return mouth.height_m > 0


def _build_grid(
    sheet: FaceSheet, opening: Opening, low_m: Float[np.ndarray, "2"], high_m: Float[np.ndarray, "2"], depth_m: float
) -> tuple[Float[np.ndarray, "V 3"], np.ndarray]:
    x, y = np.meshgrid(np.linspace(low_m[0], high_m[0], VERTICES), np.linspace(high_m[1], low_m[1], VERTICES))
    xy = np.stack([x.ravel(), y.ravel()], axis=1)
    xyz = np.column_stack([xy, sheet.surface.measure_depth(xy) - depth_m])
    faces = triangulate_grid(VERTICES, VERTICES)
    # Behind the side of the face a sheet would be seen from beside.
    kept = sheet.surface.is_flat(xy) | (opening.measure_inside(xyz) > -NEAR_M)
    return xyz, faces[kept[faces].all(1)]
