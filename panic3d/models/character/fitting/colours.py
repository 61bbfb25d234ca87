"""The colours of a portrait, measured by material, put into a character's textures."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, UInt8
from scipy.cluster.vq import kmeans2
from scipy.ndimage import binary_erosion

from panic3d.cameras.axes import IMAGE_SIZE, MASK_ALPHA
from panic3d.cameras.compositing import premultiply
from panic3d.cameras.resampling import average_blocks
from panic3d.cameras.rigs import make_view_camera
from panic3d.geometry.textured_mesh import TexturedMesh
from panic3d.geometry.textured_raycast import TexturedScene

MEASURED_SIZE = 256
CLUSTERS = {"Cloth": 3, "Trim": 3, "Accessory": 3}
"""Colours of a material that are measured apart; one of others."""
UNMEASURED = frozenset(["EyeIris", "EyeLine", "Brow", "Mouth"])
"""Materials with many colours on few pixels."""
RELATED = {"BodySkin": "FaceSkin", "FaceSkin": "BodySkin", "Trim": "Cloth"}
"""A material that the front does not show changes as its relative does."""
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
        rgb = texture[..., :3].reshape(-1, 3).astype(np.float32) / 255
        squared = ((rgb[:, None] - self.source[None]) ** 2).sum(2) / (2 * CLUSTER_RADIUS**2)
        share = np.exp(squared.min(1, keepdims=True) - squared)
        share /= share.sum(1, keepdims=True)
        centre, target = share @ self.source, share @ self.target
        changed = target + (rgb - centre) * self.contrast
        out = texture.copy()
        out[..., :3] = np.round(changed.clip(0, 1) * 255).reshape(out[..., :3].shape)
        return out


def transfer_colours(mesh: TexturedMesh, scene: TexturedScene, rgba: UInt8[np.ndarray, "512 512 4"]) -> TexturedMesh:
    """Return the mesh with textures in the colours of a portrait, which must be aligned with its front view."""
    camera = make_view_camera("front")
    material = scene.find_materials(camera, MEASURED_SIZE)
    rendered = scene.render([camera], MEASURED_SIZE, supersampling=1)[0].rgb
    picture = average_blocks(premultiply(rgba), IMAGE_SIZE // MEASURED_SIZE)
    inside = binary_erosion(picture[..., 3] > 1 - MASK_ALPHA / 10)
    straight = picture[..., :3] / np.maximum(picture[..., 3:], 1e-3)
    changes: dict[str, ColourChange] = {}
    for index, which in enumerate(mesh.materials):
        if which.name not in UNMEASURED:
            here = binary_erosion(material == index) & inside
            if here.sum() >= MIN_PIXELS:
                changes[which.name] = _measure_change(rendered[here], straight[here], CLUSTERS.get(which.name, 1))
    found = []
    for which in mesh.materials:
        change = changes.get(which.name) or changes.get(RELATED.get(which.name, ""))
        found.append(which if change is None else replace(which, texture=change.apply(which.texture)))
    return mesh.with_materials(tuple(found))


def _measure_change(
    rendered: Float[np.ndarray, "N 3"], picture: Float[np.ndarray, "N 3"], clusters: int
) -> ColourChange:
    """Compare the same pixels of the rendered character and of the picture."""
    if clusters == 1:
        source, target = np.median(rendered, axis=0)[None], np.median(picture, axis=0)[None]
        spread = np.abs(picture - target).mean() / max(float(np.abs(rendered - source).mean()), 1e-3)
        return ColourChange(source, target, float(np.clip(spread, *CONTRAST_RANGE)))
    centres, label = kmeans2(rendered.astype(float), min(clusters, len(rendered)), seed=0, minit="++")
    kept = [k for k in range(len(centres)) if (label == k).sum() >= MIN_PIXELS]
    if not kept:
        return _measure_change(rendered, picture, 1)
    target = np.stack([np.median(picture[label == k], axis=0) for k in kept])
    return ColourChange(centres[kept], target, 1.0)
