"""Eyes, lashes, brows and mouth as alpha layers on the face, as VRoid models have them."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float, UInt8

from panic3d.datagen.synth.head.eye_painting import paint_brow, paint_eye, paint_lashes
from panic3d.datagen.synth.head.eyes import BROW_RISE_M, EYE_PATCH_HALF_M, EyeParams, compute_lids
from panic3d.datagen.synth.head.face import FaceParams
from panic3d.datagen.synth.head.face_surface import FaceSurface
from panic3d.datagen.synth.head.mouth import MOUTH_PATCH_HALF_M, paint_mouth
from panic3d.datagen.synth.meshes.mesh import MeshPart, triangulate_grid
from panic3d.datagen.synth.meshes.paint import bleed_colour

CELL_PIXELS = 256
ATLAS_CELLS = {
    "eye_right": (0, 0),
    "eye_left": (1, 0),
    "line_right": (2, 0),
    "line_left": (3, 0),
    "brow_right": (0, 1),
    "brow_left": (1, 1),
    "mouth": (2, 1),
    "mouth_open": (3, 1),
}
"""Column and row of each cell of the features' texture, 4 by 2; right and left are the character's."""
PATCH_VERTICES = 9


def paint_features(params: FaceParams, cell_pixels: int = CELL_PIXELS) -> UInt8[np.ndarray, "H W 4"]:
    """Paint the texture that holds all alpha layers."""
    atlas = np.zeros((2 * cell_pixels, 4 * cell_pixels, 4), np.uint8)
    eyes = params.eyes
    pictures = {
        "mouth": bleed_colour(paint_mouth(params.mouth, cell_pixels), params.mouth.line),
        "mouth_open": bleed_colour(paint_mouth(replace(params.mouth, style="open"), cell_pixels), params.mouth.line),
    }
    for side, mirrored in (("right", True), ("left", False)):
        if not eyes.is_closed:
            pictures[f"eye_{side}"] = bleed_colour(
                paint_eye(eyes, cell_pixels, mirrored, params.manner), (0.97, 0.97, 0.98)
            )
        pictures[f"line_{side}"] = bleed_colour(paint_lashes(eyes, cell_pixels, mirrored), eyes.lash_colour)
        pictures[f"brow_{side}"] = bleed_colour(paint_brow(eyes, cell_pixels, mirrored), eyes.brow_colour)
    for name, picture in pictures.items():
        column, row = ATLAS_CELLS[name]
        atlas[row * cell_pixels :, column * cell_pixels :][:cell_pixels, :cell_pixels] = picture
    return atlas


def _build_patch(
    surface: FaceSurface, cell: str, material: str, centre_m: tuple[float, float], half_m: float, lift_m: float
) -> MeshPart:
    """Build a square part of the face, moved off it by `lift_m`, that shows one cell of the texture."""
    side = np.linspace(-1, 1, PATCH_VERTICES)
    u, v = np.meshgrid(side, side)
    xy = np.stack([centre_m[0] + u.ravel() * half_m, centre_m[1] - v.ravel() * half_m], axis=1)
    xyz = surface.place_on_face(xy)
    xyz[:, 2] += lift_m
    column, row = ATLAS_CELLS[cell]
    inset = 1 - 1 / CELL_PIXELS
    uv = np.stack([(column + (u.ravel() * inset + 1) / 2) / 4, (row + (v.ravel() * inset + 1) / 2) / 2], axis=1)
    return MeshPart(material, xyz, triangulate_grid(PATCH_VERTICES, PATCH_VERTICES), uv)


def build_features(params: FaceParams, surface: FaceSurface) -> list[MeshPart]:
    """Build the patches with their expression morphs, in head units."""
    parts = []
    for side, sign in (("right", -1.0), ("left", 1.0)):
        centre = (sign * params.eyes.centre_m[0], params.eyes.centre_m[1])
        eye = _build_patch(surface, f"eye_{side}", "EyeIris", centre, EYE_PATCH_HALF_M, 0.0010)
        line = _build_patch(surface, f"line_{side}", "EyeLine", centre, EYE_PATCH_HALF_M, 0.0018)
        above = (centre[0], centre[1] + BROW_RISE_M)
        brow = _build_patch(surface, f"brow_{side}", "Brow", above, EYE_PATCH_HALF_M, 0.0014)
        if not params.eyes.is_closed:
            parts.append(replace(eye, morphs=_compute_eye_morphs(eye, params.eyes, centre, side, squeeze=0.02)))
        parts.append(replace(line, morphs=_compute_eye_morphs(line, params.eyes, centre, side, squeeze=0.22)))
        inward = (brow.xyz_head_m[:, 0] - centre[0]) * sign / params.eyes.half_width_m
        lift = {"angry": 0.004 * inward, "sad": -0.004 * inward, "surprised": 0.005 + 0 * inward}
        parts.append(replace(brow, morphs={name: np.outer(dy, [0.0, 1.0, 0.0]) for name, dy in lift.items()}))
    mouth_centre = (0.0, surface.lower_y(params.mouth.y_m))
    mouth = _build_patch(surface, "mouth", "Mouth", mouth_centre, MOUTH_PATCH_HALF_M, 0.0012)
    hidden = _build_patch(surface, "mouth_open", "Mouth", mouth_centre, MOUTH_PATCH_HALF_M, 0.0016)
    return [*parts, *_add_mouth_morphs(mouth, hidden)]


def _compute_eye_morphs(
    part: MeshPart, params: EyeParams, centre_m: tuple[float, float], side: str, squeeze: float
) -> dict[str, Float[np.ndarray, "V 3"]]:
    """Compute the morphs of an eye; closing moves everything towards the lower lid."""
    x = (part.xyz_head_m[:, 0] - centre_m[0]) / params.half_width_m
    lower_lid_y = centre_m[1] - 0.55 * params.half_height_m
    if params.details is not None:  # the styles since version 3 differ more in height
        lower_lid_y = centre_m[1] + 0.55 * float(compute_lids(params)[1][:, 1].min())
    down = (lower_lid_y - part.xyz_head_m[:, 1]) * (1 - squeeze)
    arch = 0.9 * params.half_height_m * np.clip(1 - x * x, -0.5, 1)

    def shift_vertically(dy: Float[np.ndarray, " V"]) -> Float[np.ndarray, "V 3"]:
        return np.outer(dy, [0.0, 1.0, 0.0])

    blink = shift_vertically(down)
    return {
        "blink": blink,
        f"blink_{side}": blink,
        "happy": shift_vertically(down + arch),
        "relaxed": 0.45 * blink,
        "surprised": shift_vertically(0.12 * (part.xyz_head_m[:, 1] - centre_m[1])),
    }


def _add_mouth_morphs(mouth: MeshPart, hidden: MeshPart) -> list[MeshPart]:
    """Return both mouths with their morphs; the open mouth is hidden behind the lips until an expression shows it."""
    centre = hidden.xyz_head_m.mean(axis=0)
    shown = hidden.xyz_head_m
    folded = np.broadcast_to(centre - [0.0, 0.0, 0.006], shown.shape) + (shown - centre) * 0.02
    tall = {"aa": (1.0, 1.3), "ih": (1.2, 0.6), "ou": (0.5, 0.7), "ee": (1.1, 0.8), "oh": (0.7, 1.1)}
    tall |= {"surprised": (0.6, 0.9)}
    opened = {name: centre + (shown - centre) * [sx, sy, 1.0] - folded for name, (sx, sy) in tall.items()}
    away = {name: np.tile([0.0, 0.0, -0.008], (len(shown), 1)) for name in tall}
    wide = (mouth.xyz_head_m - mouth.xyz_head_m.mean(axis=0)) * [0.25, 0.0, 0.0]
    sad = np.outer(-0.25 * np.abs(mouth.xyz_head_m[:, 0]), [0.0, 1.0, 0.0])
    return [
        replace(mouth, morphs={**away, "happy": wide, "sad": sad}),
        replace(hidden.with_positions(folded), morphs=opened),
    ]
