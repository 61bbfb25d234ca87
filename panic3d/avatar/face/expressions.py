"""Expressions of the skin: displacements about the mouth and of the brows; lids are parts of their own."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from panic3d.avatar.face.contours import Opening
from panic3d.avatar.face.sheet import LOWER, UPPER, FaceSheet
from panic3d.datagen.interpolation import smoothstep

OPENING_SHARE = 0.125
"""Height of a mouth that says "aa", in distances from the brows to the chin."""
MIN_CHANGE = 0.3
"""Share of that by which a mouth opens at least that the portrait shows open already."""
UPPER_LIP_SHARE = 0.22
"""Share of the opening that the upper lip makes."""
UPPER_LIP_M, CORNER_M = 0.009, 0.012
"""How far the movement of the upper lip and of the corners reaches."""
BROW_M = 0.006
"""How far from a brow's line the skin moves with it."""
CHIN, BROWS = 2, (slice(5, 8), slice(8, 11))
MOUTH_SHAPES = {
    "aa": (1.0, 1.0), "ih": (0.32, 1.12), "ou": (0.42, 0.55), "ee": (0.26, 1.25), "oh": (0.72, 0.7),
    "surprised": (0.5, 0.65),
}  # fmt: skip
"""Height of the mouth in openings of "aa", and its width in widths of the mouth at rest."""
MOUTH_CORNERS_M = {"happy": 0.0035, "relaxed": 0.0016, "sad": -0.0026, "angry": -0.0016}
"""How far the corners of the mouth rise."""
BROW_SHIFTS_M = {
    "angry": (-0.0035, 0.0015),
    "sad": (0.0035, -0.0015),
    "surprised": (0.005, 0.005),
    "happy": (0.001, 0.002),
}
"""How far the inner and the outer end of a brow rise."""


@dataclass(frozen=True)
class FaceShape:
    """The skin of a face and what of it moves."""

    sheet: FaceSheet
    features_head_m: Float[np.ndarray, "28 2"]
    """Where the portrait shows the landmarks."""

    def compute_expressions(self) -> dict[str, Float[np.ndarray, "V 3"]]:
        """Return the displacement of each vertex by expression of VRM."""
        names = sorted({*BROW_SHIFTS_M, *MOUTH_SHAPES, *MOUTH_CORNERS_M})
        return {name: self._follow_surface(self._compose(name)) for name in names}

    def _compose(self, name: str) -> Float[np.ndarray, "V 2"]:
        shift = np.zeros((len(self._xyz), 2))
        if name in BROW_SHIFTS_M:
            shift += self._move_brows(*BROW_SHIFTS_M[name])
        if name in MOUTH_SHAPES:
            shift += self._open_mouth(*MOUTH_SHAPES[name])
        if name in MOUTH_CORNERS_M:
            shift += self._raise_corners(MOUTH_CORNERS_M[name])
        return shift

    @property
    def _xyz(self) -> Float[np.ndarray, "V 3"]:
        return self.sheet.mesh.vertices_head_m

    @property
    def _in_face(self) -> Bool[np.ndarray, " V"]:
        return self.sheet.region.contains(self._xyz)

    def _follow_surface(self, shift: Float[np.ndarray, "V 2"]) -> Float[np.ndarray, "V 3"]:
        """Return displacements with a depth by which the skin slides on the face's surface."""
        moved = np.flatnonzero(np.abs(shift).max(1) > 1e-7)
        found = np.zeros((len(self._xyz), 3))
        found[moved, :2] = shift[moved]
        measure = self.sheet.surface.measure_depth
        before = self._xyz[moved, :2]
        found[moved, 2] = measure(before + shift[moved]) - measure(before)
        return found

    def _split_sides(self, name: str, opening: Opening) -> tuple[Float[np.ndarray, " V"], Float[np.ndarray, " V"]]:
        """Return the distances of vertices above the upper and below the lower edge; infinite on the other side."""
        x, y = self._xyz[:, 0], self._xyz[:, 1]
        edge = self.sheet.edge[name]
        upper, lower = opening.upper(x), opening.lower(x)
        above = ((y >= (upper + lower) / 2) & (edge != LOWER)) | (edge == UPPER)
        over = np.where(above & self._in_face, np.maximum(y - upper, 0), np.inf)
        under = np.where(~above & self._in_face, np.maximum(lower - y, 0), np.inf)
        return over, under

    def _move_brows(self, inner_m: float, outer_m: float) -> Float[np.ndarray, "V 2"]:
        shift = np.zeros((len(self._xyz), 2))
        x, y = self._xyz[:, 0], self._xyz[:, 1]
        for side, points in zip((0, 1), (self.features_head_m[brow] for brow in BROWS), strict=True):
            inner, outer = (points[-1], points[0]) if side == 0 else (points[0], points[-1])
            along = np.clip((x - inner[0]) / np.where(outer[0] == inner[0], 1, outer[0] - inner[0]), 0, 1)
            order = points[:, 0].argsort()
            line = np.interp(x, points[order, 0], points[order, 1])
            beside = np.maximum(0, np.maximum(points[:, 0].min() - x, x - points[:, 0].max()))
            near = np.exp(-(((y - line) / BROW_M) ** 2) - (beside / BROW_M) ** 2) * self._in_face
            shift[:, 1] += near * (inner_m + along * (outer_m - inner_m))
        return shift

    def _open_mouth(self, height: float, width: float) -> Float[np.ndarray, "V 2"]:
        mouth, shift = self.sheet.mouth, np.zeros((len(self._xyz), 2))
        brow_y = self.features_head_m[5:11, 1].mean()
        chin_y = self.features_head_m[CHIN, 1]
        wanted = OPENING_SHARE * float(brow_y - chin_y) * height
        total = max(MIN_CHANGE * wanted, wanted - mouth.height_m)
        over, under = self._split_sides("mouth", mouth)
        middle, half = mouth.x_m[[0, -1]].mean(), mouth.width_m / 2
        x = self._xyz[:, 0] - middle
        reach = max(float(mouth.lower_m.min() - chin_y), 0.01)
        finite_under = np.where(np.isfinite(under), under, 0)
        bow = np.clip(1 - (x / half) ** 2, 0, 1) ** 0.6
        jaw = np.clip(1 - (x / (half + 1.2 * finite_under)) ** 2, 0, 1) ** 0.8
        up = bow * (1 - smoothstep(0.0, UPPER_LIP_M, over))
        down = np.where(under == 0, bow, jaw) * (1 - 0.6 * smoothstep(0.0, reach, under))
        down *= (1 - smoothstep(reach, reach + 0.02, under)) * np.isfinite(under)
        shift[:, 1] = total * (UPPER_LIP_SHARE * up - (1 - UPPER_LIP_SHARE) * down)
        near = self._measure_nearness()
        shift[:, 0] = (width - 1) * x * near
        return shift

    def _raise_corners(self, rise_m: float) -> Float[np.ndarray, "V 2"]:
        mouth, shift = self.sheet.mouth, np.zeros((len(self._xyz), 2))
        x = (self._xyz[:, 0] - mouth.x_m[[0, -1]].mean()) / (mouth.width_m / 2)
        near = self._measure_nearness()
        shift[:, 1] = rise_m * near * np.minimum(np.abs(x), 1) ** 2
        shift[:, 0] = 0.4 * rise_m * near * np.clip(x, -1, 1)
        return shift

    def _measure_nearness(self) -> Float[np.ndarray, " V"]:
        """Return 1 at the mouth, and less the farther away."""
        mouth = self.sheet.mouth
        x, y = self._xyz[:, 0], self._xyz[:, 1]
        beside = np.maximum(0, np.maximum(mouth.x_m[0] - x, x - mouth.x_m[-1]))
        away = np.maximum(0, np.maximum(y - mouth.upper(x), mouth.lower(x) - y))
        return np.exp(-(beside**2 + away**2) / CORNER_M**2) * self._in_face
