"""Lids: folded at the edges of the eyes at rest, and drawn over them by expressions."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from panic3d.avatar.face.contours import Opening
from panic3d.avatar.face.sheet import FaceSheet
from panic3d.datagen.synth.meshes.mesh import MeshPart, triangulate_grid

ROWS, COLUMNS = 7, 21
LIFT_M = (0.0004, 0.0002)
"""How far the upper and the lower lid lie in front of the skin."""
OVERLAP_M, UPPER_OVERLAP_M = 0.001, 0.0035
"""How far lids reach beyond the edge of the eye; the upper lid covers the drawn lashes when it closes."""
MEETING_SHARE, SMILE_SHARE = 0.14, 0.55
"""Where lids meet in a blink and at the middle of a smiling eye, on the way from the lower to the upper edge."""
LASH_M = 0.0022
"""Width of the line of lashes at the edge of a closed upper lid."""
REST = "rest"
"""The displacement from closed lids, by which they are laid out and painted, to those at rest."""
CLOSURES = {"blink": 1.0, "happy": 1.0, "relaxed": 0.4, "sad": 0.25, "angry": 0.2}
"""How far expressions close the lids."""


def build_lids(sheet: FaceSheet) -> list[MeshPart]:
    """Build the lids of both eyes, closed; `fold` gives them as they are at rest."""
    parts = []
    for side, opening in zip(("right", "left"), sheet.eyes, strict=True):
        for is_upper in (True, False):
            closed = _place(sheet, opening, is_upper, 1.0, arched=False)
            rest = _place(sheet, opening, is_upper, 0.0, arched=False)
            morphs = {REST: rest - closed}
            for name, amount in CLOSURES.items():
                morphs[name] = _place(sheet, opening, is_upper, amount, arched=name == "happy") - rest
            morphs[f"blink_{side}"] = morphs["blink"]
            uv = np.zeros((len(closed), 2))
            parts.append(
                MeshPart("Lid", closed, triangulate_grid(ROWS, COLUMNS), uv, {"head": np.ones(len(closed))}, morphs)
            )
    return parts


def fold(lids: MeshPart) -> MeshPart:
    """Return lids as they are at rest: without area at the edges of the eyes."""
    morphs = {name: shift for name, shift in lids.morphs.items() if name != REST}
    return replace(lids, xyz_head_m=lids.xyz_head_m + lids.morphs[REST], morphs=morphs)


def measure_from_edge(opening: Opening, xyz_head_m: Float[np.ndarray, "N 3"]) -> Float[np.ndarray, " N"]:
    """Return how far above the line where closed lids meet points lie."""
    x = xyz_head_m[:, 0]
    return xyz_head_m[:, 1] - _compute_meeting(opening, x, arched=False)


def _compute_meeting(opening: Opening, x: Float[np.ndarray, " N"], arched: bool) -> Float[np.ndarray, " N"]:
    upper, lower = opening.upper(x), opening.lower(x)
    across = np.clip((x - opening.x_m[0]) / opening.width_m, 0, 1)
    share = SMILE_SHARE * 4 * across * (1 - across) if arched else MEETING_SHARE
    return lower + share * (upper - lower)


def _place(sheet: FaceSheet, opening: Opening, is_upper: bool, amount: float, arched: bool) -> Float[np.ndarray, "V 3"]:
    x = np.linspace(opening.x_m[0] - OVERLAP_M, opening.x_m[-1] + OVERLAP_M, COLUMNS)
    upper, lower = opening.upper(x) + UPPER_OVERLAP_M, opening.lower(x) - OVERLAP_M
    meet = _compute_meeting(opening, x, arched)
    share = np.linspace(0, 1, ROWS)[:, None]
    if is_upper:
        y = upper + amount * share * (meet - upper)
    else:
        meet = meet + LASH_M / 2  # below the edge of the upper lid
        y = lower + amount * (1 - share) * (meet - lower)
    xy = np.stack([np.broadcast_to(x, y.shape).ravel(), y.ravel()], axis=1)
    lift = LIFT_M[0 if is_upper else 1]
    return np.column_stack([xy, sheet.surface.measure_depth(xy) + lift])
