"""The figure: neck, torso and arms as smooth surfaces in the pose in which characters are rendered.

Everything is modelled with arms at `LOWERING_DEG` below the horizontal, in *body units*: metres of an unscaled body
(`vrm/skeleton.py` places it). `pose.py` returns it to the T-pose of the file.
"""

import numpy as np
from jaxtyping import Float
from scipy.interpolate import PchipInterpolator, RegularGridInterpolator

from panic3d.datagen.synth.clothing.body import BodyShape
from panic3d.datagen.synth.clothing.figure.neck import NeckFit
from panic3d.datagen.synth.vrm.skeleton import BONES

LOWERING_DEG = 60.0
"""`avatars/character/pose.py` lowers the arms of every avatar by as much."""
AXIS_Z_M = -0.014
"""The plane between the front and the back of the torso."""
JOINT_M = np.array(BONES["leftUpperArm"][1])
# Columns: y, share of the way from neck to shoulder, half width, z front, z back, how much lower the front is,
# exponent. The first three rows are the neck.
PROFILE = np.array(
    [
        [-0.0900, 0.00, 0.000, 0.000, 0.000, 0.000, 1.00],
        [-0.1250, 0.00, 0.000, 0.000, 0.000, 0.000, 1.00],
        [-0.1490, 0.03, 0.000, 0.000, -0.001, 0.004, 1.00],
        [-0.1600, 0.09, 0.000, 0.014, -0.054, 0.013, 0.96],
        [-0.1690, 0.20, 0.000, 0.019, -0.057, 0.015, 0.92],
        [-0.1780, 0.39, 0.000, 0.025, -0.060, 0.014, 0.86],
        [-0.1865, 0.63, 0.000, 0.030, -0.061, 0.011, 0.80],
        [-0.1940, 0.83, 0.000, 0.035, -0.062, 0.008, 0.76],
        [-0.2060, 0.94, 0.000, 0.041, -0.064, 0.004, 0.76],
        [-0.2280, 0.98, 0.000, 0.049, -0.067, 0.000, 0.80],
        [-0.2520, 0.00, 0.106, 0.056, -0.069, 0.000, 0.84],
        [-0.2800, 0.00, 0.099, 0.061, -0.068, 0.000, 0.86],
        [-0.3100, 0.00, 0.096, 0.063, -0.065, 0.000, 0.88],
        [-0.3500, 0.00, 0.090, 0.060, -0.059, 0.000, 0.90],
        [-0.4200, 0.00, 0.078, 0.054, -0.051, 0.000, 0.90],
        [-0.5000, 0.00, 0.088, 0.055, -0.061, 0.000, 0.90],
        [-0.6000, 0.00, 0.104, 0.055, -0.076, 0.000, 0.90],
    ]
)
NECK_ROWS, SHOULDER_ROW = 3, 10
BUST_M = np.array([0.043, -0.298])
"""x and y of the breasts."""
GRID_ROWS, GRID_ANGLES = 88, 73
ARM_STATIONS = np.array(
    [[0.0, 0.0285], [0.04, 0.0285], [0.10, 0.0262], [0.21, 0.0235], [0.31, 0.0215], [0.405, 0.0160], [0.43, 0.0190]]
)
"""Distance from the shoulder joint and radius of the standard arm."""


class Figure:
    """The surface of a body, without and with the drape of cloth over the chest.

    `level` is the distance down the body's side from the top of the neck, in metres; `angle` is 0 in front and pi/2 at
    the character's left.
    """

    def __init__(self, shape: BodyShape, neck: NeckFit) -> None:
        self.shape, self.neck = shape, neck
        self.joint_m = JOINT_M + np.append(shape.shoulder_shift_m, 0.0)
        table = self._bend_profile()
        steps = np.hypot(np.diff(table[:, 0]), np.diff(table[:, 1]))
        knots = np.concatenate([[0.0], np.cumsum(steps)])
        self.levels = np.linspace(0.0, knots[-1], GRID_ROWS)
        self.angles = np.linspace(-np.pi, np.pi, GRID_ANGLES)
        self._rows = PchipInterpolator(knots, table)(self.levels)
        self.base_level, self.shoulder_level = float(knots[NECK_ROWS]), float(knots[SHOULDER_ROW - 2])
        self.grids = {drape: self._make_grid(drape) for drape in (False, True)}

    def _bend_profile(self) -> Float[np.ndarray, "R 6"]:
        """Return y, half width, front, back, tilt and exponent of each ring for this shape."""
        shape, neck = self.shape, self.neck
        y, share, width, front, back, tilt, power = PROFILE.T.copy()
        y[0], y[1] = neck.top_y_m, (neck.top_y_m + y[2]) / 2
        on_shoulder = np.arange(len(y)) < SHOULDER_ROW
        outer = shape.shoulder_m + 0.025 + 0.004 * (shape.arms - 1)
        swollen = np.clip(share + 0.10 * shape.trapezius * np.sin(np.pi * np.clip(share, 0, 1)), 0, 1)
        chest = width * shape.breadth * (0.55 + 0.45 * shape.shoulder_m / 0.092)
        below_chest = np.exp(-(((y + 0.42) / 0.07) ** 2))
        chest = chest * (1 + (shape.waist - 1) * below_chest)
        width = np.where(on_shoulder, neck.half_width_m + swollen * (outer - neck.half_width_m), chest)
        y = y - shape.slope_m * np.where(on_shoulder, np.clip(share / 0.9, 0, 1), np.exp(-(((y + 0.23) / 0.06) ** 2)))
        grown = np.array([0.0] * NECK_ROWS + [0.3, 0.5, 0.7, 0.9] + [1.0] * (len(y) - NECK_ROWS - 4))
        depth = 1 + (shape.chest_depth * (0.5 + 0.5 * shape.breadth) - 1) * grown
        front, back = AXIS_Z_M + (front - AXIS_Z_M) * depth, AXIS_Z_M + (back - AXIS_Z_M) * depth
        front[:NECK_ROWS], back[:NECK_ROWS] = neck.front_m, neck.back_m
        front[NECK_ROWS] = max(front[NECK_ROWS], neck.front_m + 0.002)
        back[NECK_ROWS] = min(back[NECK_ROWS], neck.back_m - 0.003)
        for row in range(NECK_ROWS + 1, SHOULDER_ROW):
            front[row], back[row] = max(front[row], front[row - 1] + 0.002), min(back[row], back[row - 1] - 0.0005)
        return np.stack([y, width, front, back, tilt, power], axis=1)

    def _make_grid(self, drape: bool) -> Float[np.ndarray, "R A 6"]:
        """Return positions and unit normals of the surface."""
        y, width, front, back, tilt, power = (column[:, None] for column in self._rows.T)
        sine, cosine = np.sin(self.angles)[None], np.cos(self.angles)[None]
        x = width * np.sign(sine) * np.abs(sine) ** power
        reach = np.where(cosine > 0, front - AXIS_Z_M, AXIS_Z_M - back)
        z = AXIS_Z_M + reach * np.sign(cosine) * np.abs(cosine) ** power
        height = y - tilt * np.clip(cosine, 0, 1) + 0.5 * tilt * np.clip(-cosine, 0, 1)
        apple = np.exp(-((x / 0.0085) ** 2) - ((height - self.neck.apple_y_m) / 0.0085) ** 2)
        z = z + self.neck.apple_m * apple * (cosine > 0)
        z = z + self._compute_chest(x, height, drape) * np.clip(cosine, 0, 1) ** 0.5
        xyz = np.stack([x, np.broadcast_to(height, x.shape), z], axis=-1)
        down, around = np.gradient(xyz, axis=0), np.gradient(xyz, axis=1)
        around[:, 0] = around[:, -1] = xyz[:, 1] - xyz[:, -2]
        normal = np.cross(down, around)
        normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-9)
        return np.concatenate([xyz, normal], axis=-1)

    def _compute_chest(self, x: np.ndarray, y: np.ndarray, drape: bool) -> np.ndarray:
        """Compute how far breasts, or cloth that hangs over them, stand out."""
        beside = np.abs(x) - BUST_M[0]
        beside = np.maximum(beside, 0.0) if drape else beside
        below = BUST_M[1] - y
        spread = np.where(below > 0, 0.075 if drape else 0.033, 0.046)
        return self.shape.bust_m * np.exp(-((beside / 0.030) ** 2) - (below / spread) ** 2)

    def sample(
        self,
        levels: Float[np.ndarray, "..."],
        angles: Float[np.ndarray, "..."],
        offset_m: Float[np.ndarray, "..."] | float = 0.0,
        drape: bool = False,
    ) -> Float[np.ndarray, "... 3"]:
        """Return points at a distance from the surface."""
        values = self.sample_grid(levels, angles, drape)
        return values[..., :3] + values[..., 3:] * np.asarray(offset_m)[..., None]

    def sample_grid(
        self, levels: Float[np.ndarray, "..."], angles: Float[np.ndarray, "..."], drape: bool
    ) -> Float[np.ndarray, "... 6"]:
        """Return positions and normals, linear between the points of the grid."""
        levels, angles = np.broadcast_arrays(levels, angles)
        wrapped = (angles + np.pi) % (2 * np.pi) - np.pi
        wrapped = np.where(np.abs(angles - np.pi) < 1e-9, np.pi, wrapped)
        at = np.stack([np.clip(levels, 0, self.levels[-1]), wrapped], axis=-1)
        return RegularGridInterpolator((self.levels, self.angles), self.grids[drape])(at)

    def find_level(self, y_m: float, angle: float = 0.0) -> float:
        """Return the level at which the surface has a height at an angle."""
        column = int(np.abs(self.angles - angle).argmin())
        return float(np.interp(-y_m, -self.grids[False][:, column, 1], self.levels))

    def find_front_point(self, y_m: float, offset_m: float) -> Float[np.ndarray, " 3"]:
        """Return the point in the middle of the front at a height, at a distance from draped cloth."""
        return self.sample(np.array([self.find_level(y_m)]), np.array([0.0]), offset_m, True)[0]

    def sample_arm(
        self,
        sign: float,
        along_m: Float[np.ndarray, " R"],
        radius_m: Float[np.ndarray, " R"],
        angles: Float[np.ndarray, " A"],
        sag_m: Float[np.ndarray, " R"] | float = 0.0,
    ) -> Float[np.ndarray, "R A 3"]:
        """Return rings about an arm's axis: angle 0 is the outer side, pi/2 the front; cloth sags on the inner side."""
        lowering = np.radians(LOWERING_DEG)
        axis = np.array([np.cos(lowering), -np.sin(lowering), 0.0])
        outer = np.array([np.sin(lowering), np.cos(lowering), 0.0])
        centre = self.joint_m + along_m[:, None] * axis
        lower = np.clip(-np.cos(angles), 0, 1)[None, :, None] * np.broadcast_to(sag_m, along_m.shape)[:, None, None]
        ring = np.cos(angles)[:, None] * outer + np.sin(angles)[:, None] * np.array([0.0, 0.0, 1.0])
        xyz = centre[:, None] + radius_m[:, None, None] * ring[None] - lower * outer
        return xyz * [sign, 1.0, 1.0]

    def get_arm_radius(self, along_m: Float[np.ndarray, " R"]) -> Float[np.ndarray, " R"]:
        """Return the arm's radius; before the joint it is that of a round cap."""
        radius = np.interp(along_m, *ARM_STATIONS.T) * self.shape.arms
        first = ARM_STATIONS[0, 1] * self.shape.arms
        cap = np.sqrt(np.maximum(first**2 - np.minimum(along_m, 0.0) ** 2, 0.0))
        return np.where(along_m < 0, cap, radius)
