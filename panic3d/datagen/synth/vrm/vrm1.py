"""The block of VRM 1.0: humanoid, meta and expressions, and the extension of MToon.

Source: VRMC_vrm-1.0 and VRMC_materials_mtoon-1.0 (https://github.com/vrm-c/vrm-specification).
"""

from typing import Any

from panic3d.datagen.synth.vrm.model import ExpressionBinds, SphereCollider, SpringChain, VrmCharacter
from panic3d.datagen.synth.vrm.skeleton import HUMANOID_BONES

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
    character: VrmCharacter,
    bones: list[str],
    expressions: ExpressionBinds,
    mesh_nodes: dict[str, int],
    thumbnail: int | None,
) -> dict[str, Any]:
    """Make the extension `VRMC_vrm`; `thumbnail` is the index of an image."""
    meta = character.meta

    def make_expression(preset: str, binds: list[tuple[int, int, int, float]]) -> dict[str, Any]:
        closes = preset in ("happy", "relaxed")
        targets = [{"node": node, "index": index, "weight": w} for node, _, index, w in binds]
        return {
            **_leave_out_empty(morphTargetBinds=targets),
            "isBinary": False,
            "overrideBlink": "block" if closes else "none",
            "overrideLookAt": "none",
            "overrideMouth": "none",
        }

    return {
        "specVersion": "1.0",
        "meta": {
            "name": character.name,
            "version": "1",
            "authors": list(meta.authors),
            "copyrightInformation": meta.copyright_information,
            "licenseUrl": "https://vrm.dev/licenses/1.0/",
            **({"otherLicenseUrl": meta.other_licence_url} if meta.other_licence_url else {}),
            "avatarPermission": meta.avatar_permission,
            "allowExcessivelyViolentUsage": meta.violent_usage,
            "allowExcessivelySexualUsage": meta.sexual_usage,
            "commercialUsage": meta.commercial_usage,
            "allowPoliticalOrReligiousUsage": meta.political_or_religious_usage,
            "allowAntisocialOrHateUsage": False,
            "creditNotation": meta.credit,
            "allowRedistribution": meta.redistribution,
            "modification": meta.modification,
        }
        | ({"contactInformation": meta.contact} if meta.contact else {})
        | ({"thumbnailImage": thumbnail} if thumbnail is not None else {}),
        "humanoid": {
            "humanBones": {bone: {"node": index} for index, bone in enumerate(bones) if bone in HUMANOID_BONES}
        },
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


def make_spring_bone_extension(
    springs: tuple[SpringChain, ...], colliders: tuple[SphereCollider, ...], bones: list[str]
) -> dict[str, Any]:
    """Make the extension `VRMC_springBone`: chains without gravity, which come to rest as they were modelled."""
    group = {"name": "body", "colliders": list(range(len(colliders)))}
    return {
        "specVersion": "1.0",
        **_leave_out_empty(
            colliders=[
                {"node": bones.index(c.bone), "shape": {"sphere": {"offset": list(c.offset_m), "radius": c.radius_m}}}
                for c in colliders
            ],
            colliderGroups=[group] if colliders else [],
        ),
        "springs": [
            {
                "name": spring.name,
                "joints": [
                    {
                        "node": bones.index(bone),
                        "hitRadius": spring.hit_radius_m,
                        "stiffness": spring.stiffness,
                        "gravityPower": 0.0,
                        "gravityDir": [0.0, -1.0, 0.0],
                        "dragForce": spring.drag,
                    }
                    for bone in spring.bones
                ],
                **_leave_out_empty(colliderGroups=[0] if colliders else []),
            }
            for spring in springs
        ],
    }


def _leave_out_empty(**lists: list[Any]) -> dict[str, list[Any]]:
    """Return the lists that have entries: the schemas of VRM 1.0 allow no empty ones."""
    return {name: entries for name, entries in lists.items() if entries}
