"""glTF materials as unlit materials: base colour, alpha mode, culling, texture transform."""

from typing import Any

import numpy as np
from jaxtyping import Float

from panic3d.datagen.avatars.character.materials import AlphaMode, Material, Texture, Wrap
from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.avatars.gltf.reader import GltfFile

WRAP_MODES: dict[int, Wrap] = {10497: "repeat", 33071: "clamp", 33648: "mirror"}
NEAREST = 9728
MAX_UV = 1e6
"""Coordinates beyond this, and those that are not a number, are broken and read as 0."""


class GltfMaterialReader:
    """Reads each material and each image of a file once.

    With `paper_materials`, as in the paper's renderer, alpha below 0.5 is discarded and there is no blending or
    culling.
    """

    def __init__(self, gltf: GltfFile, paper_materials: bool) -> None:
        """`paper_materials`: as the paper's renderer had it, alpha under 0.5 discarded, no blending, no culling."""
        self.gltf, self.paper_materials = gltf, paper_materials
        self._materials: dict[int | None, Material] = {}
        self._textures: dict[int, Texture] = {}
        self._distinct: dict[tuple[int, Wrap, Wrap, bool], Texture] = {}

    def read(self, index: int | None) -> Material:
        """Return the material with this index; the default material for None."""
        if index not in self._materials:
            self._materials[index] = self._decode_material(index)
        return self._materials[index]

    def read_texture_uv(self, index: int | None, attributes: dict[str, int], count: int) -> Float[np.ndarray, "V 2"]:
        """Return the coordinates at which the base-colour texture is sampled: its UV set after KHR_texture_transform.

        `attributes` are those of a primitive with `count` vertices.
        """
        reference = self._find_texture_reference(index)
        transform = reference.get("extensions", {}).get("KHR_texture_transform", {})
        name = f"TEXCOORD_{transform.get('texCoord', reference.get('texCoord', 0))}"
        if "index" not in reference or name not in attributes:
            return np.zeros((count, 2), np.float32)
        uv = self.gltf.read_accessor(attributes[name]).astype(np.float64)
        angle = transform.get("rotation", 0.0)
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        moved = (uv * np.array(transform.get("scale", (1.0, 1.0)))) @ turn.T + np.array(
            transform.get("offset", (0.0, 0.0))
        )
        return np.where(np.abs(moved) < MAX_UV, moved, 0).astype(np.float32)

    def _find_record(self, index: int | None) -> dict[str, Any]:
        if index is None:
            return {}
        materials = self.gltf.items("materials")
        if not 0 <= index < len(materials):
            raise AvatarError(f"a mesh uses material {index}, but the file has {len(materials)}")
        return materials[index]

    def _find_texture_reference(self, index: int | None) -> dict[str, Any]:
        record = self._find_record(index)
        gloss = record.get("extensions", {}).get("KHR_materials_pbrSpecularGlossiness", {})
        return record.get("pbrMetallicRoughness", {}).get("baseColorTexture") or gloss.get("diffuseTexture") or {}

    def _decode_material(self, index: int | None) -> Material:
        record = self._find_record(index)
        gloss = record.get("extensions", {}).get("KHR_materials_pbrSpecularGlossiness", {})
        factor = record.get("pbrMetallicRoughness", {}).get("baseColorFactor") or gloss.get("diffuseFactor")
        red, green, blue, alpha = np.clip(np.nan_to_num(np.array(factor or (1.0,) * 4, float)), 0, 1).tolist()
        mode: AlphaMode = record.get("alphaMode", "OPAQUE")
        if mode not in ("OPAQUE", "MASK", "BLEND"):
            raise AvatarError(f"material '{record.get('name', index)}' has the unknown alpha mode '{mode}'")
        reference = self._find_texture_reference(index)
        return Material(
            name=str(record.get("name", "")),
            alpha_mode="MASK" if self.paper_materials else mode,
            alpha_cutoff=0.5 if self.paper_materials else float(record.get("alphaCutoff", 0.5)),
            double_sided=self.paper_materials or bool(record.get("doubleSided", False)),
            factor_linear=(red, green, blue, alpha),
            texture=self._read_texture(reference["index"]) if "index" in reference else None,
        )

    def _read_texture(self, index: int) -> Texture:
        if index not in self._textures:
            textures = self.gltf.items("textures")
            if not 0 <= index < len(textures):
                raise AvatarError(f"a material uses texture {index}, but the file has {len(textures)}")
            record = textures[index]
            source = record.get("extensions", {}).get("EXT_texture_webp", {}).get("source", record.get("source"))
            if source is None:
                raise AvatarError(f"texture {index} names no picture in a format that can be read (PNG, JPEG, WebP)")
            samplers = self.gltf.items("samplers")
            sampler = samplers[record["sampler"]] if 0 <= record.get("sampler", -1) < len(samplers) else {}
            wrap_u, wrap_v = (WRAP_MODES.get(sampler.get(name, 10497), "repeat") for name in ("wrapS", "wrapT"))
            settings = (source, wrap_u, wrap_v, sampler.get("magFilter") == NEAREST)
            # the engines hold every Texture once, and a file may name one picture in hundreds of textures
            if settings not in self._distinct:
                self._distinct[settings] = Texture(self.gltf.read_image(source), *settings[1:])
            self._textures[index] = self._distinct[settings]
        return self._textures[index]
