"""Build beards as shells over the jaw and moustaches as lobes on the upper lip.

A shell follows a fine grid of the head's surface. Outside the beard it lies below the skin, so that its border is where
the two surfaces cross.
"""

import numpy as np
from jaxtyping import Bool, Float

from panic3d.datagen.interpolation import smoothstep
from panic3d.datagen.synth.facial_hair.styles import BEARDS, MOUSTACHES, BeardStyle, Curve, FacialHair
from panic3d.datagen.synth.hair.scalp import CAP_STRIP
from panic3d.datagen.synth.hair.surfaces.strips import STRIPS
from panic3d.datagen.synth.head.face_surface import FaceSurface
from panic3d.datagen.synth.head.form import MOUTH_Y_M, HeadForm
from panic3d.datagen.synth.head.mouth import MouthParams
from panic3d.datagen.synth.head.skull import JAW_KNOT, HeadSampling, HeadShape, sample_head_surface
from panic3d.datagen.synth.meshes.mesh import MeshPart, triangulate_grid
from panic3d.datagen.synth.meshes.paint import fit_smooth_path
from panic3d.datagen.synth.meshes.primitives import mirror_part
from panic3d.datagen.synth.meshes.vectors import normalize

Grid = Float[np.ndarray, "R A"]
SINK_M = 0.0018
"""How far a shell lies below the skin where there is no beard."""
UNDER_KNOT = 12.2
"""Where the beard ends below the jaw, among the rings of the head."""
BEARD_SAMPLING = HeadSampling(
    np.concatenate([np.linspace(4.8, JAW_KNOT, 34), np.linspace(JAW_KNOT, UNDER_KNOT + 0.3, 9)[1:]]), 96, 0.62
)
RECEDE = 0.35
"""How steeply a moustache may recede along its way: it leaves faces that recede faster."""
LOCKS_AROUND = 30
"""Number of notches of the lower edge, from ear to ear."""


def build_facial_hair(hair: FacialHair, mouth: MouthParams, surface: FaceSurface) -> list[MeshPart]:
    """Build the facial hair in head units, in the hair's material; heads without a form have none."""
    parts: list[MeshPart] = []
    form = surface.shape.form
    if form is None:
        return parts
    if hair.beard != "none":
        parts.append(_build_beard(hair, BEARDS[hair.beard], mouth, surface.shape))
    if hair.moustache != "none":
        lobe = _build_moustache(hair, surface, form)
        parts += [lobe, mirror_part(lobe)]
    return parts


def _read_curve(curve: Curve, azimuth_deg: Grid) -> Grid:
    places, values = np.array(curve).T
    return np.interp(azimuth_deg, places, values)


def _build_beard(hair: FacialHair, style: BeardStyle, mouth: MouthParams, shape: HeadShape) -> MeshPart:
    standard = sample_head_surface(HeadShape(form=HeadForm()), BEARD_SAMPLING)
    xyz = sample_head_surface(shape, BEARD_SAMPLING)
    azimuth = np.degrees(np.arctan2(standard[..., 0], standard[..., 2] + 0.006))
    columns = np.abs(azimuth).min(axis=0) < 98
    standard, xyz, azimuth = standard[:, columns], xyz[:, columns], azimuth[:, columns]
    knots = np.broadcast_to(BEARD_SAMPLING.knots[:, None], azimuth.shape)
    notch = np.broadcast_to(np.abs((azimuth[-12] / 180 * LOCKS_AROUND) % 1 * 2 - 1), azimuth.shape)
    share = _mask_beard(style, standard, np.abs(azimuth), knots, notch)
    around = _measure_mouth(standard, mouth)
    share = share * smoothstep(1.0, 1.35, around)
    normal = normalize(np.cross(np.gradient(xyz, axis=0), np.gradient(xyz, axis=1)))
    lift = (hair.thickness_m * style.thickness + SINK_M) * np.sqrt(share) - SINK_M
    # the hair hangs from the edge of the jaw: rows above it fall in front, rows below it fill the back
    hang = np.where(
        knots <= JAW_KNOT, np.clip((knots - 8.6) / (JAW_KNOT - 8.6), 0, 1) ** 1.6, (UNDER_KNOT - knots) / 1.5
    )
    reach_m = hair.length_m * style.reach * _read_curve(style.length, np.abs(azimuth))
    reach_m = reach_m * (1 - hair.spikes * notch) * np.clip(hang, 0, 1) * smoothstep(0.0, 0.5, share)
    ahead = 0.30 * np.cos(np.radians(azimuth)) * np.exp(-reach_m / 0.03)
    down = np.stack([0 * azimuth, -np.ones_like(azimuth), ahead], axis=-1)
    bearded = xyz + normal * lift[..., None] + down * reach_m[..., None]
    middle = 0.016 * np.sign(bearded[..., 0]) if style.points == 2 else 0.0
    gather = style.gather * smoothstep(0.0, 0.06, reach_m)
    bearded[..., 0] += (middle - bearded[..., 0]) * gather
    u = (CAP_STRIP + 0.1 + 0.8 * notch) / STRIPS
    v = 0.30 + 0.55 * np.clip((knots - 6) / (JAW_KNOT - 6), 0, 1)
    return _keep_visible(bearded, np.stack([u, v], axis=-1), share > 0.0)


def _mask_beard(
    style: BeardStyle, standard: Float[np.ndarray, "R A 3"], azimuth: Grid, knots: Grid, notch: Grid
) -> Grid:
    """Return how much of the thickness the beard has at each point of the standard face."""
    top = _read_curve(style.top, azimuth) + 0.0012 * (notch - 0.5)
    share = smoothstep(0.0, 0.0065, top - standard[..., 1])
    width = min(6.0, 0.5 * (style.to_deg - style.from_deg))
    share = share * (1 - smoothstep(style.to_deg - width, style.to_deg + 1.0, azimuth))
    share = share * smoothstep(style.from_deg, style.from_deg + width, azimuth)
    if style.reach == 0.0:  # patches that end above the jaw
        end = -0.0855 if style.from_deg < 0 else -0.046
        share = share * smoothstep(end, end + 0.008, standard[..., 1])
    return share * (1 - smoothstep(JAW_KNOT + 0.4, UNDER_KNOT, knots))


def _measure_mouth(standard: Float[np.ndarray, "R A 3"], mouth: MouthParams) -> Grid:
    """Return the distance from the middle of the mouth, in sizes of the mouth with its lips."""
    half = np.array([1.30 * mouth.half_width_m + 0.0025, 0.0085])
    return np.hypot(standard[..., 0] / half[0], (standard[..., 1] - MOUTH_Y_M + 0.001) / half[1])


def _keep_visible(
    xyz: Float[np.ndarray, "R A 3"], uv: Float[np.ndarray, "R A 2"], seen: Bool[np.ndarray, "R A"]
) -> MeshPart:
    """Return the triangles of a grid that have a visible corner."""
    faces = triangulate_grid(*seen.shape)
    faces = faces[seen.ravel()[faces].any(axis=1)]
    used, faces = np.unique(faces, return_inverse=True)
    return MeshPart("Hair", xyz.reshape(-1, 3)[used], faces.reshape(-1, 3), uv.reshape(-1, 2)[used])


def _build_moustache(hair: FacialHair, surface: FaceSurface, form: HeadForm) -> MeshPart:
    """Build the lobe on the character's left."""
    style = MOUSTACHES[hair.moustache]
    path = fit_smooth_path(np.array(style.path), 18)
    along = np.linspace(0, 1, 18)[:, None]
    across = np.linspace(-1, 1, 9)[None]
    tangent = normalize(np.column_stack([np.gradient(path, axis=0), np.zeros(18)]))[:, None]
    root = 0.75 + 0.25 * smoothstep(0.0, 0.3, along)
    end = 1 - style.taper * smoothstep(0.35, 1.0, along) ** 1.4
    half_m = style.half_width_m * root * np.maximum(end, 0.06)
    xy = path[:, None] + (across * half_m)[..., None] * np.stack([-tangent[..., 1], tangent[..., 0]], axis=-1)
    lowered = np.stack([xy[..., 0], np.asarray(form.lower(xy[..., 1]))], axis=-1)
    chin_y = float(surface.points[np.abs(surface.points[:, 0]) < 0.006, 1].min())
    held = np.stack([np.minimum(lowered[..., 0], 0.060), np.maximum(lowered[..., 1], chin_y + 0.014)], axis=-1)
    z = surface.place_on_face(held.reshape(-1, 2))[:, 2].reshape(18, 9)
    # beyond cheeks and chin, where the face recedes, the hair hangs free
    fall_m = RECEDE * np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])[:, None]
    z = np.maximum.accumulate(z + fall_m, axis=0) - fall_m
    bulge_m = (1.15 * hair.thickness_m * np.minimum(half_m / 0.004, 1.6) + 0.0010) * (1 - across**4) * (1 - along**8)
    z = z + (bulge_m - 0.0010) * np.sqrt(np.maximum(end, 0.05)) + style.lift_m * smoothstep(0.3, 1.0, along)
    saw = np.abs((across * 2.5) % 2 - 1)
    u = (CAP_STRIP + 0.1 + 0.8 * np.broadcast_to(saw, z.shape)) / STRIPS
    v = np.broadcast_to(0.35 + 0.45 * along, z.shape)
    xyz = np.concatenate([lowered, z[..., None]], axis=-1)
    return MeshPart("Hair", xyz.reshape(-1, 3), triangulate_grid(18, 9), np.stack([u, v], -1).reshape(-1, 2))
