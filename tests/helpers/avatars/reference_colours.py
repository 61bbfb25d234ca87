"""A second way from an avatar file to colours: the layers along a ray, composited by the text of the glTF standard.

pygltflib and Open3D, nothing of panic3d. Textures are read at the nearest texel.
"""

import io
from pathlib import Path

import numpy as np
import pygltflib
from PIL import Image
from scipy.ndimage import maximum_filter, minimum_filter

from helpers.avatars.reference_caster import HALF_SIDE_M, ReferenceAvatar, make_orthographic_rays

MIRRORED, CLAMPED = 33648, 33071


def decode(srgb: np.ndarray) -> np.ndarray:
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def encode(linear: np.ndarray) -> np.ndarray:
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 1e-12) ** (1 / 2.4) - 0.055)


class ReferenceColours(ReferenceAvatar):
    """The avatar's surfaces with all that decides their colour."""

    def __init__(self, path: Path, head_from_file: np.ndarray, hides_outside: bool = False) -> None:
        super().__init__(path, head_from_file)
        self.hides_outside = hides_outside
        self.pictures: dict[int, np.ndarray] = {}
        colours: list[np.ndarray] = []
        uvs: dict[int, list[np.ndarray]] = {0: [], 1: []}
        for i, node in enumerate(self.gltf.nodes):
            if node.mesh is None or (node.skin is None and self._in_hand(i)):
                continue
            for primitive in self.gltf.meshes[node.mesh].primitives:
                attributes = primitive.attributes
                count = self.gltf.accessors[attributes.POSITION].count
                colour = np.ones((count, 4))
                if attributes.COLOR_0 is not None:
                    found = self._unit(attributes.COLOR_0)
                    colour[:, : found.shape[1]] = found
                colours.append(colour)
                for channel, name in enumerate((attributes.TEXCOORD_0, attributes.TEXCOORD_1)):
                    uvs[channel].append(self._unit(name) if name is not None else np.zeros((count, 2)))
        self.colour = np.concatenate(colours)
        self.uv_sets = {channel: np.concatenate(found) for channel, found in uvs.items()}

    def _unit(self, index: int) -> np.ndarray:
        values = self._accessor(index)
        return values / np.iinfo(values.dtype).max if values.dtype.kind == "u" else values

    def shade(self, origins: np.ndarray, directions: np.ndarray) -> np.ndarray:
        """Return premultiplied linear RGBA of each ray: every layer it meets, front to back."""
        origins, directions = origins.reshape(-1, 3), directions.reshape(-1, 3)
        start, total = np.full(len(origins), 0.5), np.zeros((len(origins), 4))
        alive = np.arange(len(origins))
        import open3d as o3d

        for _ in range(300):
            shifted = origins[alive] + directions[alive] * start[alive, None]
            rays = np.concatenate([shifted, directions[alive]], axis=1).astype(np.float32)
            hits = self.scene.cast_rays(o3d.core.Tensor.from_numpy(rays))
            t = hits["t_hit"].numpy().astype(float)
            hit = np.isfinite(t)
            alive, t = alive[hit], t[hit]
            if not len(alive):
                break
            triangle = hits["primitive_ids"].numpy()[hit].astype(int)
            bary = hits["primitive_uvs"].numpy()[hit]
            distance = start[alive] + t
            point = origins[alive] + directions[alive] * distance[:, None]
            rgba = self._layer(triangle, bary, directions[alive])
            inside = (np.abs(point) <= HALF_SIDE_M + 1e-6).all(axis=1)
            blocked = ~inside & (rgba[:, 3] >= 0.5) & self.hides_outside
            rgba[~inside] = 0
            left = (1 - total[alive, 3:]) * rgba[:, 3:]
            total[alive, :3] += left * rgba[:, :3]
            total[alive, 3] += left[:, 0]
            start[alive] = distance + 2e-6
            alive = alive[~blocked & (total[alive, 3] < 0.9999)]
        return total

    def _layer(self, triangle: np.ndarray, bary: np.ndarray, direction: np.ndarray) -> np.ndarray:
        """Straight linear RGBA of the surface at each hit, alpha mode and culling applied."""
        corner = self.face[triangle]
        a, b, c = (self.xyz[corner[:, k]] for k in range(3))
        weights = np.stack([1 - bary.sum(axis=1), bary[:, 0], bary[:, 1]], axis=1)
        rgba = np.einsum("nk,nkc->nc", weights, self.colour[corner])
        facing = (np.cross(b - a, c - a) * direction).sum(axis=1) < 0
        for index in np.unique(self.material[triangle]):
            mine = self.material[triangle] == index
            material = self.gltf.materials[index]
            base = material.pbrMetallicRoughness or pygltflib.PbrMetallicRoughness()
            rgba[mine] *= base.baseColorFactor or [1, 1, 1, 1]
            if base.baseColorTexture is not None:
                rgba[mine] *= self._texels(base.baseColorTexture, corner[mine], weights[mine])
            if material.alphaMode in (None, "OPAQUE"):
                rgba[mine, 3] = 1
            elif material.alphaMode == "MASK":
                cutoff = 0.5 if material.alphaCutoff is None else material.alphaCutoff
                rgba[mine, 3] = rgba[mine, 3] >= cutoff - 1e-6
            if not material.doubleSided:
                rgba[mine, 3] *= facing[mine]
        return rgba

    def _texels(self, reference: pygltflib.TextureInfo, corner: np.ndarray, weights: np.ndarray) -> np.ndarray:
        transform = (reference.extensions or {}).get("KHR_texture_transform", {})
        channel = transform.get("texCoord", reference.texCoord or 0)
        u, v = np.einsum("nk,nkc->cn", weights, self.uv_sets[channel][corner])
        (scale_u, scale_v), angle = transform.get("scale", (1, 1)), transform.get("rotation", 0)
        u, v = u * scale_u, v * scale_v
        # "rotate the UVs counter-clockwise": v counts downwards, so this is (cos, sin; -sin, cos)
        u, v = np.cos(angle) * u + np.sin(angle) * v, -np.sin(angle) * u + np.cos(angle) * v
        offset_u, offset_v = transform.get("offset", (0, 0))
        texture = self.gltf.textures[reference.index]
        sampler = self.gltf.samplers[texture.sampler] if texture.sampler is not None else pygltflib.Sampler()
        picture = self._picture(texture.source)
        height, width = picture.shape[:2]
        column = _texel(u + offset_u, sampler.wrapS, width)
        row = _texel(v + offset_v, sampler.wrapT, height)
        found = picture[row, column] / 255
        return np.concatenate([decode(found[:, :3]), found[:, 3:]], axis=1)

    def _picture(self, source: int) -> np.ndarray:
        if source not in self.pictures:
            view = self.gltf.bufferViews[self.gltf.images[source].bufferView]
            start = view.byteOffset or 0
            data = self.blob[start : start + view.byteLength]
            self.pictures[source] = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))
        return self.pictures[source]

    def picture(self, azimuth_deg: float, size: int, fine: int = 3) -> tuple[np.ndarray, np.ndarray]:
        """Return straight sRGB of an orthographic view in 0..255 and each pixel's largest difference to its neighbours.

        Each pixel is the mean of `fine` x `fine` rays.
        """
        rays = make_orthographic_rays(azimuth_deg, size * fine)
        light = self.shade(*rays).reshape(size, fine, size, fine, 4).transpose(0, 2, 1, 3, 4).reshape(size, size, -1, 4)
        mean = light.mean(axis=2)
        straight = np.where(mean[..., 3:] > 0, mean[..., :3] / np.maximum(mean[..., 3:], 1e-9), 0)
        each = np.concatenate([encode(light[..., :3]), light[..., 3:]], axis=-1) * 255
        high, low = (each.max(axis=2), each.min(axis=2))
        spread = maximum_filter(high, (3, 3, 1)) - minimum_filter(low, (3, 3, 1))
        return np.concatenate([encode(straight), mean[..., 3:]], axis=-1) * 255, spread.max(axis=-1)


def _texel(coordinate: np.ndarray, wrap: int | None, size: int) -> np.ndarray:
    """The texel of a coordinate as OpenGL's wrap modes define it."""
    index = np.floor(coordinate * size).astype(int)
    if wrap == CLAMPED:
        return np.clip(index, 0, size - 1)
    if wrap == MIRRORED:
        index = np.mod(index, 2 * size)
        return np.where(index < size, index, 2 * size - 1 - index)
    return np.mod(index, size)
