"""The block of VRM 1.0: humanoid, meta and expressions, and the extension of MToon.

Source: VRMC_vrm-1.0 and VRMC_materials_mtoon-1.0 (https://github.com/vrm-c/vrm-specification).
"""

from typing import Any

from panic3d.datagen.synth.vrm.model import AUTHOR, CC0, ExpressionBinds

EYE_RANGE = {"inputMaxValue": 90.0, "outputScale": 10.0}


def make_mtoon_extension(shade: tuple[float, float, float], texture: int, alpha_mode: str) -> dict[str, Any]:
    """Make VRMC_materials_mtoon: flat shading with a soft terminator and no outline."""
    return {
        "specVersion": "1.0",
        "transparentWithZWrite": alpha_mode == "BLEND",
        "shadeColorFactor": list(shade),
        "shadeMultiplyTexture": {"index": texture},
        "shadingShiftFactor": -0.05,
        "shadingToonyFactor": 0.95,
        "giEqualizationFactor": 0.9,
    }


def make_vrm1_block(
    name: str, bones: list[str], expressions: ExpressionBinds, mesh_nodes: dict[str, int]
) -> dict[str, Any]:
    """Make the extension `VRMC_vrm`."""

    def make_expression(preset: str, binds: list[tuple[int, int, int, float]]) -> dict[str, Any]:
        closes = preset in ("happy", "relaxed")
        return {
            "morphTargetBinds": [{"node": node, "index": index, "weight": w} for node, _, index, w in binds],
            "isBinary": False,
            "overrideBlink": "block" if closes else "none",
            "overrideLookAt": "none",
            "overrideMouth": "none",
        }

    return {
        "specVersion": "1.0",
        "meta": {
            "name": name,
            "version": "1",
            "authors": [AUTHOR],
            "copyrightInformation": "CC0: no rights reserved",
            "licenseUrl": "https://vrm.dev/licenses/1.0/",
            "otherLicenseUrl": CC0,
            "avatarPermission": "everyone",
            "allowExcessivelyViolentUsage": True,
            "allowExcessivelySexualUsage": False,
            "commercialUsage": "corporation",
            "allowPoliticalOrReligiousUsage": True,
            "allowAntisocialOrHateUsage": False,
            "creditNotation": "unnecessary",
            "allowRedistribution": True,
            "modification": "allowModificationRedistribution",
        },
        "humanoid": {"humanBones": {bone: {"node": index} for index, bone in enumerate(bones)}},
        "expressions": {"preset": {preset: make_expression(preset, binds) for preset, binds in expressions.items()}},
        "firstPerson": {"meshAnnotations": [{"node": node, "type": "auto"} for node in mesh_nodes.values()]},
        "lookAt": {
            "offsetFromHeadBone": [0.0, 0.09, 0.05],
            "type": "bone",
            "rangeMapHorizontalInner": EYE_RANGE,
            "rangeMapHorizontalOuter": EYE_RANGE,
            "rangeMapVerticalDown": EYE_RANGE,
            "rangeMapVerticalUp": EYE_RANGE,
        },
    }
