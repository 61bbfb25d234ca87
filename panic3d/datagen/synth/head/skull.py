"""The head under the hair: a loft of tilted rings from the crown over face and jaw to the neck.

All builders of the head work in *head units*: metres in the head frame of an unscaled head. `HeadShape.scale`
enlarges skull, hair and accessories together at the very end (`scale_about_head_bone`), about the head bone at
(0, -0.1, 0).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.interpolate import CubicSpline

from panic3d.cameras.axes import HEAD_ORIGIN_OFFSET_M
from panic3d.datagen.interpolation import smoothstep
from panic3d.datagen.synth.families import added_in
from panic3d.datagen.synth.head.form import HeadForm, bend_form_rings, sculpt_face, stretch_skull
from panic3d.datagen.synth.meshes.mesh import MeshPart, merge_parts, triangulate_grid

FACE_UV_SPAN_M = 0.40
"""The face texture's width: the front half is projected along z, the back half unfolds beyond it."""
FACE_UV_TOP_M = 0.20
FACE_UV_FOLD_M = 0.095
"""|x| at which the unfolding turns from the front half to the back half; with a `HeadForm`, each ring's own."""
# Columns: y front, y back, half width, z front, z back, z centre, front exponent (2 is an ellipse, lower is pointed).
RINGS = np.array(
    [
        [0.1365, 0.1365, 0.0010, 0.0010, -0.0020, -0.006, 2.0],
        [0.1320, 0.1320, 0.0320, 0.0310, -0.0420, -0.006, 2.0],
        [0.1130, 0.1130, 0.0615, 0.0590, -0.0750, -0.006, 2.0],
        [0.0800, 0.0800, 0.0805, 0.0815, -0.0970, -0.005, 2.1],
        [0.0450, 0.0450, 0.0870, 0.0915, -0.1050, -0.004, 2.2],
        [0.0120, 0.0150, 0.0865, 0.0900, -0.1050, -0.003, 3.0],
        [-0.0130, -0.0050, 0.0845, 0.0880, -0.0980, -0.002, 3.1],
        [-0.0370, -0.0250, 0.0790, 0.0885, -0.0850, 0.000, 2.9],
        [-0.0570, -0.0400, 0.0690, 0.0860, -0.0700, 0.002, 2.55],
        [-0.0750, -0.0500, 0.0525, 0.0835, -0.0580, 0.004, 1.85],
        [-0.0880, -0.0560, 0.0370, 0.0800, -0.0500, 0.004, 1.75],
        [-0.0955, -0.0650, 0.0290, 0.0700, -0.0460, 0.002, 1.75],
        [-0.0930, -0.0760, 0.0290, 0.0480, -0.0450, -0.004, 2.0],
        [-0.0950, -0.0900, 0.0280, 0.0240, -0.0450, -0.010, 2.0],
        [-0.1200, -0.1200, 0.0275, 0.0170, -0.0450, -0.014, 2.0],
        [-0.1450, -0.1450, 0.0275, 0.0160, -0.0450, -0.016, 2.0],
        [-0.1700, -0.1700, 0.0280, 0.0160, -0.0450, -0.016, 2.0],
    ]
)
JAW_KNOT = 35 / 52 * (len(RINGS) - 1)
"""The place among the rings of the jaw's lower edge: the neck below it has its own patch of the texture, in the jaw's
shadow."""


@dataclass(frozen=True)
class HeadSampling:
    """How densely a head is sampled."""

    knots: Float[np.ndarray, " R"]
    """The places of the sampled rows among the rings; one of them is `JAW_KNOT`."""
    angles: int
    """The number of columns around the head."""
    pinch: float
    """How much denser the columns are in front, where the features are: 0 not at all, 1 without bound."""

    @property
    def jaw_row(self) -> int:
        """The row at the jaw's lower edge."""
        return int(np.abs(self.knots - JAW_KNOT).argmin())


PLAIN_SAMPLING = HeadSampling(np.linspace(0, len(RINGS) - 1, 53), 56, 0.352)
FORM_SAMPLING = HeadSampling(
    np.concatenate(
        [
            np.linspace(0, 4, 10)[:-1],
            np.linspace(4, 6, 8)[:-1],
            np.linspace(6, JAW_KNOT, 33),
            np.linspace(JAW_KNOT, 16, 12)[1:],
        ]
    ),
    50,
    0.68,
)
"""Heads with a `HeadForm` have noses and lips, which need denser rows and columns."""
NECK_UV = (0.02, 0.72, 0.27, 0.98)
"""The neck's patch in the face texture: left, top, right, bottom."""


@dataclass(frozen=True)
class HeadShape:
    """Multipliers of the standard head's dimensions; 1 is a realistic anime head of 23 cm."""

    scale: float = 1.0
    width: float = 1.0
    jaw_width: float = 1.0
    chin_drop_m: float = 0.0
    """How much the chin is lowered."""
    cheek: float = 0.0
    """Full cheeks: metres added to the half width at mouth height."""
    depth: float = 1.0
    nose_m: float = 0.010
    """How far the nose stands out of the face."""
    neck: float = 1.0
    form: HeadForm | None = added_in(3, None)

    @property
    def sampling(self) -> HeadSampling:
        """How densely the head is sampled."""
        return PLAIN_SAMPLING if self.form is None else FORM_SAMPLING


def bend_rings(shape: HeadShape) -> Float[np.ndarray, "R 7"]:
    """Return the standard rings, bent to a shape."""
    rings = RINGS.copy()
    low = smoothstep(0.0, -0.075, rings[:, 0])
    neck = smoothstep(-0.094, -0.125, rings[:, 1])
    rings[:, 2] *= shape.width * (1 + (shape.jaw_width - 1) * low * (1 - neck))
    rings[:, 2] += shape.cheek * np.exp(-(((rings[:, 0] + 0.060) / 0.022) ** 2)) * (1 - neck)
    chin = smoothstep(-0.030, -0.088, rings[:, 0]) * (1 - smoothstep(-0.09, -0.125, rings[:, 1]))
    rings[:, 0] -= shape.chin_drop_m * chin
    rings[:, 4] = rings[:, 4] * (1 + (shape.depth - 1) * (1 - neck))
    slim = 1 + (shape.neck - 1) * neck
    rings[:, 2] *= slim
    rings[:, 3:5] = rings[:, 5:6] + (rings[:, 3:5] - rings[:, 5:6]) * slim[:, None]
    return rings if shape.form is None else bend_form_rings(rings, shape.form)


def sample_head_surface(shape: HeadShape, sampling: HeadSampling | None = None) -> Float[np.ndarray, "R A 3"]:
    """Return points of the head in rings from the crown down, as densely as the shape asks for unless it is given.

    Angles run from the back over the left of the image, the front and the right of the image.
    """
    rings = bend_rings(shape)
    sampling = sampling or shape.sampling
    table = CubicSpline(np.arange(len(rings), dtype=float), rings)(sampling.knots)
    y_front, y_back, half_width, z_front, z_back, z_centre, exponent = (table[:, i : i + 1] for i in range(7))
    turn = np.linspace(-1, 1, sampling.angles + 1)
    angle = np.pi * (turn - sampling.pinch * np.sin(np.pi * turn) / np.pi)[None, :]
    sine, cosine = np.sin(angle), np.cos(angle)
    power = np.where(cosine > 0, 2 / exponent, 1.0)
    x = half_width * np.sign(sine) * np.abs(sine) ** np.where(cosine > 0, power, 0.92)
    reach = np.where(cosine > 0, z_front - z_centre, z_centre - z_back)
    z = z_centre + reach * np.sign(cosine) * np.abs(cosine) ** power
    share = np.clip((z - z_back) / np.maximum(z_front - z_back, 1e-6), 0, 1)
    y = y_back + (y_front - y_back) * share
    if shape.form is not None:
        skull = stretch_skull(np.stack([x, y, z], axis=-1), shape.form)
        return sculpt_face(skull, shape.form, shape.nose_m)
    front = smoothstep(0.0, 0.05, z)
    above = np.where(y > -0.036, 0.020, 0.006)
    nose = np.exp(-((x / 0.0065) ** 2) - ((y + 0.036) / above) ** 2)
    z = z + front * shape.nose_m * nose
    sockets = np.exp(-(((np.abs(x) - 0.036) / 0.020) ** 2) - ((y + 0.004) / 0.016) ** 2)
    z = z - front * 0.0035 * sockets
    lips = np.exp(-((x / 0.014) ** 2) - ((y + 0.061 + shape.chin_drop_m * 0.5) / 0.006) ** 2)
    z = z + front * 0.0012 * lips
    return np.stack([x, y, z], axis=-1)


def project_face_uv(xyz: Float[np.ndarray, "*any 3"]) -> Float[np.ndarray, "*any 2"]:
    """Return texture coordinates of points on the front half of the head (a plane projection along z)."""
    return np.stack([0.5 + xyz[..., 0] / FACE_UV_SPAN_M, (FACE_UV_TOP_M - xyz[..., 1]) / FACE_UV_SPAN_M], axis=-1)


def build_head(shape: HeadShape) -> MeshPart:
    """Build the skin from the crown to the neck's base, in head units."""
    points = sample_head_surface(shape)
    uv = project_face_uv(points)
    behind = np.linspace(-1, 1, shape.sampling.angles + 1)[None, :]
    fold = FACE_UV_FOLD_M if shape.form is None else np.abs(points[..., 0]).max(axis=1, keepdims=True)
    unfolded = np.sign(behind) * (2 * fold - np.abs(points[..., 0]))
    uv[..., 0] = np.where(points[..., 2] < find_ring_centres(points), 0.5 + unfolded / FACE_UV_SPAN_M, uv[..., 0])
    left, top, right, bottom = NECK_UV
    row = shape.sampling.jaw_row
    below = points[row:]
    across = np.broadcast_to(np.linspace(left, right, shape.sampling.angles + 1), below.shape[:2])
    down = np.broadcast_to(np.linspace(top, bottom, len(below))[:, None], below.shape[:2])
    face = _build_skin_patch(points[: row + 1], uv[: row + 1])
    return merge_parts([face, _build_skin_patch(below, np.stack([across, down], axis=-1))])


def _build_skin_patch(points: Float[np.ndarray, "R A 3"], uv: Float[np.ndarray, "R A 2"]) -> MeshPart:
    xyz = points.reshape(-1, 3)
    on_head = smoothstep(-0.16, -0.115, xyz[:, 1])
    weights = {"head": on_head, "neck": 1 - on_head}
    return MeshPart("FaceSkin", xyz, triangulate_grid(*points.shape[:2]), uv.reshape(-1, 2), weights)


def find_ring_centres(points: Float[np.ndarray, "R A 3"]) -> Float[np.ndarray, "R 1"]:
    """Return z of each ring's widest point, where front and back half meet."""
    widest = np.abs(points[..., 0]).argmax(axis=1)
    return points[np.arange(len(points)), widest, 2][:, None]


def fit_to_head(xyz: Float[np.ndarray, "V 3"], shape: HeadShape) -> Float[np.ndarray, "V 3"]:
    """Fit hair and hats of the standard head to this head's width, depth and form."""
    fitted = xyz * [shape.width, 1.0, shape.depth]
    return fitted if shape.form is None else stretch_skull(fitted, shape.form)


def scale_about_head_bone(xyz: Float[np.ndarray, "V 3"], scale: float) -> Float[np.ndarray, "V 3"]:
    """Convert head units to metres in the head frame by scaling about the head bone."""
    bone = -np.array(HEAD_ORIGIN_OFFSET_M)
    return bone + (xyz - bone) * scale
