"""The colours of a portrait, measured by material, put into a character's textures."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, UInt8
from scipy import ndimage
from scipy.ndimage import binary_erosion

from panic3d.cameras.axes import BOX_SIDE_M, IMAGE_SIZE, MASK_ALPHA
from panic3d.cameras.compositing import premultiply
from panic3d.cameras.resampling import average_blocks
from panic3d.cameras.rigs import make_view_camera
from panic3d.geometry.textured_mesh import TexturedMesh
from panic3d.geometry.textured_raycast import TexturedScene
from panic3d.models.character.fitting.palette import cluster_colours, find_main_colours
from panic3d.models.character.fitting.shape.pixel_mesh import PORTRAIT

FRONT = make_view_camera("front")
MEASURED_SIZE = 256
CLUSTERS = {"Cloth": 3, "Trim": 3, "Garment": 4, "Accessory": 3}
"""Colours of a material that are measured apart; one of others."""
UNMEASURED = frozenset(["EyeIris", "EyeLine", "Brow", "Mouth"])
"""Materials with many colours on few pixels."""
RELATED = {"BodySkin": "FaceSkin", "FaceSkin": "BodySkin", "Trim": "Cloth"}
"""A material that the front does not show changes as its relative does."""
HAIR = "Hair"
TINT_HEIGHTS_M = np.linspace(-0.3, 0.2, 8)
TINT_RIDGE = 5e-4
"""How strongly the tint keeps to zero, in mean squared weights: about 1% of the pixels must ask for it."""
OTHER_COLOURS = 6
"""Of all that is not hair."""
SHARP_STEP = 0.06
"""Difference of neighbouring pixels in sRGB at the edge of something else."""
ALIKE = 0.25
"""Distance in sRGB below which a pixel may be of a colour."""
TINT_ITERATIONS = 8
TINT_TOLERANCE = 0.05
"""Iteratively reweighted least squares: deviations beyond this, in sRGB, count by their size and not by its square."""
MIN_PIXELS = 24
CONTRAST_RANGE = (0.6, 1.5)
"""Limits of the factor by which a material's variation about its median is changed."""
CLUSTER_RADIUS = 0.08
"""Colours at this distance from a cluster, in sRGB, follow it about 0.6 times as much as its own."""


@dataclass(frozen=True)
class ColourChange:
    """Moves the colours near some centres to targets; sRGB in [0, 1]."""

    source: Float[np.ndarray, "K 3"]
    target: Float[np.ndarray, "K 3"]
    contrast: float

    def apply(self, texture: UInt8[np.ndarray, "H W 4"]) -> UInt8[np.ndarray, "H W 4"]:
        """Return a texture with changed colours."""
        out = texture.copy()
        if len(self.source) == 1:  # each channel for itself
            level = np.arange(256)[:, None] / 255
            table = _encode(self.target + (level - self.source) * self.contrast)
            for channel in range(3):
                out[..., channel] = table[:, channel][texture[..., channel]]
            return out
        packed = texture[..., :3].astype(np.int32) @ np.array([1 << 16, 1 << 8, 1], np.int32)
        colours, index = np.unique(packed, return_inverse=True)
        rgb = (colours[:, None] >> np.array([16, 8, 0]) & 255) / 255
        squared = ((rgb[:, None] - self.source[None]) ** 2).sum(2) / (2 * CLUSTER_RADIUS**2)
        share = np.exp(squared.min(1, keepdims=True) - squared)
        share /= share.sum(1, keepdims=True)
        centre, target = share @ self.source, share @ self.target
        changed = _encode(target + (rgb - centre) * self.contrast)
        out[..., :3] = changed[index.reshape(-1)].reshape(out[..., :3].shape)
        return out


def _encode(rgb: Float[np.ndarray, "N 3"]) -> UInt8[np.ndarray, "N 3"]:
    return np.round(rgb.clip(0, 1) * 255).astype(np.uint8)


def transfer_colours(mesh: TexturedMesh, scene: TexturedScene, rgba: UInt8[np.ndarray, "512 512 4"]) -> TexturedMesh:
    """Return the mesh with textures in the colours of a portrait, which must be aligned with its front view.

    Each material takes the portrait's median colours; hair, whose colour may change towards the tips, takes what is
    left by height.
    """
    picture = average_blocks(premultiply(rgba), IMAGE_SIZE // MEASURED_SIZE)
    straight = picture[..., :3] / np.maximum(picture[..., 3:], 1e-3)
    material = scene.find_materials(FRONT, MEASURED_SIZE)
    inside = binary_erosion(picture[..., 3] > 1 - MASK_ALPHA / 10)
    places = {
        which.name: binary_erosion(material == index) & inside
        for index, which in enumerate(mesh.materials)
        if which.name not in UNMEASURED and not which.name.startswith(PORTRAIT)
    }
    rendered = scene.render([FRONT], MEASURED_SIZE, supersampling=1)[0].rgb
    changes = {
        name: _measure_change(rendered[here], straight[here], CLUSTERS.get(name, 1))
        for name, here in places.items()
        if here.sum() >= MIN_PIXELS
    }
    found = []
    for which in mesh.materials:
        change = changes.get(which.name) or changes.get(RELATED.get(which.name, ""))
        found.append(which if change is None else replace(which, texture=change.apply(which.texture)))
    coloured = mesh.with_materials(tuple(found))
    hair = places.get(HAIR)
    if hair is None or hair.sum() < MIN_PIXELS:
        return coloured
    others = inside & (material >= 0) & (material != [m.name for m in mesh.materials].index(HAIR))
    other_colours = find_main_colours(straight[binary_erosion(others)], OTHER_COLOURS, float(MIN_PIXELS))
    hair &= ~_is_nearer_to(straight, other_colours, changes[HAIR].target)
    hair = _grow_from_above(hair, straight)
    if hair.sum() < MIN_PIXELS:
        return coloured
    missing = straight - TexturedScene(coloured).render([FRONT], MEASURED_SIZE, supersampling=1)[0].rgb
    return replace(coloured, tint=_tint_by_height(coloured, HAIR, hair, missing))


def _grow_from_above(where: Bool[np.ndarray, "S S"], rgb: Float[np.ndarray, "S S 3"]) -> Bool[np.ndarray, "S S"]:
    """Return the pixels that hang together with some above the middle without a sharp change of colour.

    The colour of hair changes smoothly; sleeves that the character's hair covers begin at an edge.
    """
    steps = np.max([np.abs(np.gradient(rgb, axis=axis)).max(2) for axis in (0, 1)], axis=0)
    label, _ = ndimage.label(where & (steps < SHARP_STEP))
    above = np.unique(label[: MEASURED_SIZE // 2])
    return np.isin(label, above[above > 0])


def _is_nearer_to(
    rgb: Float[np.ndarray, "S S 3"], these: Float[np.ndarray, "K 3"], those: Float[np.ndarray, "L 3"]
) -> Bool[np.ndarray, "S S"]:
    """Return where pixels are like one of some colours, and more so than like any of others."""
    if not len(these):
        return np.zeros(rgb.shape[:2], bool)
    to_these, to_those = (np.linalg.norm(rgb[:, :, None] - colours, axis=3).min(2) for colours in (these, those))
    found: Bool[np.ndarray, "S S"] = (to_these < to_those) & (to_these < ALIKE)
    return found


def _tint_by_height(
    mesh: TexturedMesh, name: str, here: Bool[np.ndarray, "S S"], missing: Float[np.ndarray, "S S 3"]
) -> Float[np.ndarray, "V 3"]:
    """Fit the colour that most pixels of a material lack as a smooth function of height, and return it at vertices."""
    rows = np.nonzero(here)[0]
    heights_m = (MEASURED_SIZE / 2 - rows - 0.5) * (BOX_SIDE_M / MEASURED_SIZE)
    base = _compute_height_shares(heights_m)
    knots = np.zeros((len(TINT_HEIGHTS_M), 3))
    for _ in range(TINT_ITERATIONS):
        # Pixels that show something else than hair deviate far from the rest of their height.
        away = np.linalg.norm(missing[here] - base @ knots, axis=1)
        weighted = base / (away + TINT_TOLERANCE)[:, None] * TINT_TOLERANCE / len(rows)
        gram = base.T @ weighted + TINT_RIDGE * np.eye(len(TINT_HEIGHTS_M))
        knots = np.linalg.solve(gram, weighted.T @ missing[here])
    vertices = np.unique(mesh.triangles[np.array([m.name == name for m in mesh.materials])[mesh.material]])
    tint = np.zeros_like(mesh.vertices_head_m)
    tint[vertices] = _compute_height_shares(mesh.vertices_head_m[vertices, 1]) @ knots
    return tint


def _compute_height_shares(heights_m: Float[np.ndarray, " N"]) -> Float[np.ndarray, "N K"]:
    """Return normalised Gaussian weights of the heights of `TINT_HEIGHTS_M`."""
    away = (heights_m[:, None] - TINT_HEIGHTS_M) / (TINT_HEIGHTS_M[1] - TINT_HEIGHTS_M[0])
    share = np.exp(-(away**2))
    return share / np.maximum(share.sum(1, keepdims=True), 1e-12)


def _measure_change(
    rendered: Float[np.ndarray, "N 3"], picture: Float[np.ndarray, "N 3"], clusters: int
) -> ColourChange:
    """Compare the same pixels of the rendered character and of the picture."""
    if clusters == 1:
        source, target = np.median(rendered, axis=0)[None], np.median(picture, axis=0)[None]
        spread = np.abs(picture - target).mean() / max(float(np.abs(rendered - source).mean()), 1e-3)
        return ColourChange(source, target, float(np.clip(spread, *CONTRAST_RANGE)))
    centres, label = cluster_colours(rendered, clusters)
    kept = [k for k in range(len(centres)) if (label == k).sum() >= MIN_PIXELS]
    if not kept:
        return _measure_change(rendered, picture, 1)
    target = np.stack([np.median(picture[label == k], axis=0) for k in kept])
    return ColourChange(centres[kept], target, 1.0)
