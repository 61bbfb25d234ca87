"""Part ids from labels and from material names as they stand in real files."""

import pytest

from panic3d.datagen.avatars.character.parts import classify_part
from panic3d.shards.schema import PARTS

NAMES = {
    "N00_000_00_FaceMouth_00_FACE (Instance)": "face",
    "N00_000_00_EyeIris_00_EYE (Instance)": "eye",
    "N00_000_00_EyeHighlight_00_EYE (Instance)": "eye",
    "N00_000_00_FaceBrow_00_FACE (Instance)": "face",
    "F00_000_00_FaceEyeline_00_FACE": "eye",
    "F00_000_00_FaceEyelash_00_FACE": "eye",
    "F00_000_00_EyeWhite_00_EYE": "eye",
    "N00_000_00_Face_00_SKIN": "face",
    "N00_000_00_Body_00_SKIN": "other",
    "N00_000_00_HairBack_00_HAIR": "hair",
    "N00_000_Hair_00_HAIR_01": "hair",
    "N00_002_03_Tops_01_CLOTH_01": "cloth",
    "F00_001_01_Shoes_01_CLOTH": "cloth",
    "N00_010_01_Onepiece_00_CLOTH": "cloth",
    "Yu_Face": "face",
    "eyebase": "eye",
    "Hair_main_Zofs": "hair",
    "HairBand": "accessory",
    "catEar_L": "accessory",
    "Surface.001": "other",
    "That": "other",
    "前髪": "hair",
    "髪飾り": "accessory",
    "顔": "face",
    "白目": "eye",
    "瞳": "eye",
    "眉": "face",
    "ﾒｶﾞﾈ": "accessory",
    "服2": "cloth",
    "ﾈｸﾀｲ": "cloth",
    "肌": "other",
    "": "other",
}


@pytest.mark.parametrize(("name", "part"), NAMES.items())
def test_a_material_name_tells_the_part(name: str, part: str) -> None:
    assert classify_part(name) == PARTS[part]


def test_a_label_comes_before_the_name() -> None:
    assert classify_part("Hair", {"Hair": "accessory"}) == PARTS["accessory"]
    assert classify_part("Hair", {"Cloth": "cloth"}) == PARTS["hair"]
