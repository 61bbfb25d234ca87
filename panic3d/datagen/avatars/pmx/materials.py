"""MMD materials as unlit materials: texture times diffuse colour. Light, toon, sphere map and edge are left out."""

import numpy as np
from jaxtyping import Float, Int, UInt8

from panic3d.cameras.colour import linear_from_srgb
from panic3d.datagen.avatars.character.materials import AlphaMode, Material, Texture
from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.avatars.files.images import ImageDecoder
from panic3d.datagen.avatars.files.resources import CompanionFiles
from panic3d.datagen.avatars.pmx.model import PmxModel

MIN_OPAQUE_ALPHA = 250
"""Texels from this alpha on count as opaque: painting programs often write 254 instead of 255."""
MIN_VISIBLE_ALPHA = 8
MAX_SOFT_SHARE = 0.1
"""Where at most this share of the texels that are not opaque is half transparent, the alpha mode is MASK."""
SAMPLES_PER_EDGE = 6
"""The lattice of sample points on a triangle divides its sides into this many parts (28 points)."""


class PmxMaterialReader:
    """Reads each material and each image once.

    With `paper_materials`, alpha below 0.5 is discarded and there is no blending or culling.
    """

    def __init__(self, model: PmxModel, companions: CompanionFiles, paper_materials: bool) -> None:
        """`paper_materials`: alpha under 0.5 discarded, no blending, no culling."""
        self._model, self._companions, self._paper = model, companions, paper_materials
        self._decoder = ImageDecoder()
        self._textures: dict[int, Texture] = {}

    def read(self, index: int, uv: Float[np.ndarray, "V 2"], triangles: Int[np.ndarray, "T 3"]) -> Material | None:
        """Read a material for the triangles that use it; None where it is fully transparent.

        Fully transparent materials are parts that morphs make visible. MMD blends every material and does not declare
        alpha modes, so the visible part at rest decides. OPAQUE: the used part of the texture and the diffuse alpha are
        opaque. MASK at 0.5: the used part is either transparent or opaque but for a thin edge (lace, ends of hair), so
        that it has a surface for depth and silhouette. Otherwise BLEND, as in MMD.
        """
        record = self._model.materials[index]
        red, green, blue, alpha = np.clip(np.nan_to_num(np.array(record.diffuse)), 0, 1).tolist()
        if alpha == 0:
            return None
        texture = self._read_texture(record.texture) if record.texture >= 0 else None
        return Material(
            name=record.name,
            alpha_mode="MASK" if self._paper else _choose_alpha_mode(texture, alpha, uv, triangles),
            double_sided=self._paper or record.double_sided,
            factor_linear=(*self.linear_from_file(np.array([[red, green, blue, alpha]]))[0].tolist(),),
            texture=texture,
        )

    @staticmethod
    def linear_from_file(colours: Float[np.ndarray, "N 4"]) -> Float[np.ndarray, "N 4"]:
        """Convert colours of the file, which are sRGB-encoded, to linear light; alpha stays."""
        clean = np.clip(np.nan_to_num(colours.astype(np.float64)), 0, 1)
        return np.concatenate([linear_from_srgb(clean[:, :3]), clean[:, 3:]], axis=1).astype(np.float32)

    def _read_texture(self, index: int) -> Texture | None:
        names = self._model.textures
        if index >= len(names):
            raise AvatarError(f"a material uses texture {index}, but the PMX model has {len(names)}")
        if not names[index].strip():
            return None
        if index not in self._textures:
            picture = self._decoder.decode(self._companions.read(names[index]), f"texture '{names[index]}'")
            self._textures[index] = Texture(picture)
        return self._textures[index]


def _choose_alpha_mode(
    texture: Texture | None, alpha: float, uv: Float[np.ndarray, "V 2"], triangles: Int[np.ndarray, "T 3"]
) -> AlphaMode:
    """Choose the alpha mode from the texels that the triangles use."""
    if alpha * 255 < MIN_OPAQUE_ALPHA:
        return "BLEND"
    if texture is None or texture.rgba[..., 3].min() >= MIN_OPAQUE_ALPHA:
        return "OPAQUE"
    used = _sample_used_alpha(texture.rgba[..., 3], uv, triangles)
    not_opaque = (used < MIN_OPAQUE_ALPHA).sum()
    if not not_opaque:
        return "OPAQUE"
    soft = ((used >= MIN_VISIBLE_ALPHA) & (used < MIN_OPAQUE_ALPHA)).sum()
    return "MASK" if soft <= MAX_SOFT_SHARE * not_opaque else "BLEND"


def _sample_used_alpha(
    alpha: UInt8[np.ndarray, "H W"], uv: Float[np.ndarray, "V 2"], triangles: Int[np.ndarray, "T 3"]
) -> UInt8[np.ndarray, "N"]:
    """Return the alpha of the texels under a lattice of points on each triangle."""
    steps = [
        (i, j, SAMPLES_PER_EDGE - i - j) for i in range(SAMPLES_PER_EDGE + 1) for j in range(SAMPLES_PER_EDGE + 1 - i)
    ]
    size = np.array(alpha.shape[::-1])
    corners, found = uv[triangles].astype(np.float64), []
    for step in steps:
        at = np.einsum("k,tkc->tc", np.array(step) / SAMPLES_PER_EDGE, corners)
        column, row = np.clip(((at - np.floor(at)) * size).astype(int), 0, size - 1).T
        found.append(alpha[row, column])
    return np.concatenate(found)
