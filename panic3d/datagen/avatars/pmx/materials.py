"""MMD materials as unlit ones: texture times diffuse colour; light, toon, sphere map and edge are left out."""

import numpy as np
from jaxtyping import Float, Int, UInt8

from panic3d.cameras.colour import linear_from_srgb
from panic3d.datagen.avatars.character.surfaces import AlphaMode, Material, Texture
from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.avatars.files.images import PictureReader
from panic3d.datagen.avatars.files.resources import Beside
from panic3d.datagen.avatars.pmx.reader import PmxModel

OPAQUE_FROM = 250
"""Texels of this alpha and more count as opaque: painting programs leave 254 where they mean 255."""
CLEAR_BELOW = 8
SOFT_SHARE = 0.1
"""Of the texels that are not opaque: where no more than this share is half clear, the edge is cut."""
LATTICE = 6
"""A triangle is looked at in the 28 points that divide its sides in so many parts."""


class PmxMaterialReader:
    """Reads each material, and each picture once."""

    def __init__(self, model: PmxModel, beside: Beside, paper_materials: bool) -> None:
        """`paper_materials`: alpha under 0.5 discarded, no blending, no culling."""
        self._model, self._beside, self._paper = model, beside, paper_materials
        self._pictures = PictureReader()
        self._textures: dict[int, Texture] = {}

    def read(self, index: int, uv: Float[np.ndarray, "V 2"], triangles: Int[np.ndarray, "T 3"]) -> Material | None:
        """A material as the triangles that bear it use it; None where it is wholly clear (parts that morphs show).

        MMD blends everything and marks nothing. What is seen at rest decides: OPAQUE where the used part of the
        texture and the diffuse alpha are; MASK at 0.5 where the used part is either clear or opaque but for a thin
        edge (lace, ends of hair), so that it has a surface for depth and silhouette; else BLEND, as MMD has it.
        """
        record = self._model.materials[index]
        red, green, blue, alpha = np.clip(np.nan_to_num(np.array(record.diffuse)), 0, 1).tolist()
        if alpha == 0:
            return None
        texture = self._texture(record.texture) if record.texture >= 0 else None
        return Material(
            name=record.name,
            alpha_mode="MASK" if self._paper else _alpha_mode(texture, alpha, uv, triangles),
            double_sided=self._paper or record.double_sided,
            factor_linear=(*self.linear(np.array([[red, green, blue, alpha]]))[0].tolist(),),
            texture=texture,
        )

    @staticmethod
    def linear(colours: Float[np.ndarray, "N 4"]) -> Float[np.ndarray, "N 4"]:
        """Colours of the file, which are encoded as the screen shows them, in linear light; alpha as it is."""
        clean = np.clip(np.nan_to_num(colours.astype(np.float64)), 0, 1)
        return np.concatenate([linear_from_srgb(clean[:, :3]), clean[:, 3:]], axis=1).astype(np.float32)

    def _texture(self, index: int) -> Texture | None:
        names = self._model.textures
        if index >= len(names):
            raise AvatarError(f"a material uses texture {index}, but the PMX model has {len(names)}")
        if not names[index].strip():
            return None
        if index not in self._textures:
            picture = self._pictures.decode(self._beside.read(names[index]), f"texture '{names[index]}'")
            self._textures[index] = Texture(picture)
        return self._textures[index]


def _alpha_mode(
    texture: Texture | None, alpha: float, uv: Float[np.ndarray, "V 2"], triangles: Int[np.ndarray, "T 3"]
) -> AlphaMode:
    if alpha * 255 < OPAQUE_FROM:
        return "BLEND"
    if texture is None or texture.rgba[..., 3].min() >= OPAQUE_FROM:
        return "OPAQUE"
    used = _used_alpha(texture.rgba[..., 3], uv, triangles)
    not_opaque = (used < OPAQUE_FROM).sum()
    if not not_opaque:
        return "OPAQUE"
    soft = ((used >= CLEAR_BELOW) & (used < OPAQUE_FROM)).sum()
    return "MASK" if soft <= SOFT_SHARE * not_opaque else "BLEND"


def _used_alpha(
    alpha: UInt8[np.ndarray, "H W"], uv: Float[np.ndarray, "V 2"], triangles: Int[np.ndarray, "T 3"]
) -> UInt8[np.ndarray, "N"]:
    """The texels under a lattice of points on each triangle."""
    steps = [(i, j, LATTICE - i - j) for i in range(LATTICE + 1) for j in range(LATTICE + 1 - i)]
    size = np.array(alpha.shape[::-1])
    corners, found = uv[triangles].astype(np.float64), []
    for step in steps:
        at = np.einsum("k,tkc->tc", np.array(step) / LATTICE, corners)
        column, row = np.clip(((at - np.floor(at)) * size).astype(int), 0, size - 1).T
        found.append(alpha[row, column])
    return np.concatenate(found)
