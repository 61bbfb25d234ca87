"""The block of VRM 0.x: humanoid, meta, expressions and MToon.

Source: the schema 0.0 of the VRM specification (https://github.com/vrm-c/vrm-specification).
"""

from typing import Any

from panic3d.datagen.synth.vrm.model import CC0, ExpressionBinds, SphereCollider, SpringChain, VrmCharacter
from panic3d.datagen.synth.vrm.skeleton import HUMANOID_BONES

MaterialRow = tuple[str, str, bool, tuple[float, float, float], int]
"""Material name, alpha mode, double sided, shade factor, texture index."""
VRM0_PRESETS = {
    "happy": "joy",
    "angry": "angry",
    "sad": "sorrow",
    "relaxed": "fun",
    "surprised": "unknown",
    "aa": "a",
    "ih": "i",
    "ou": "u",
    "ee": "e",
    "oh": "o",
    "blink": "blink",
    "blinkLeft": "blink_l",
    "blinkRight": "blink_r",
    "neutral": "neutral",
}
QUEUE = {"OPAQUE": 2000, "MASK": 2450, "BLEND": 3000}


ALLOWED_USERS = {
    "everyone": "Everyone", "onlySeparatelyLicensedPerson": "ExplicitlyLicensedPerson", "onlyAuthor": "OnlyAuthor",
}  # fmt: skip
"""Permissions of VRM 1.0 by their names in 0.x."""


def make_vrm0_block(
    character: VrmCharacter,
    bones: list[str],
    expressions: ExpressionBinds,
    materials: list[MaterialRow],
    thumbnail: int | None,
) -> dict[str, Any]:
    """Make the extension `VRM` (0.x); `thumbnail` is the index of a texture."""
    meta = character.meta
    is_cc0 = meta.other_licence_url == CC0
    curve = {"curve": [0, 0, 0, 1, 1, 1, 1, 0], "xRange": 90, "yRange": 10}
    return {
        "exporterVersion": character.generator,
        "specVersion": "0.0",
        "meta": {
            "title": character.name,
            "version": "1",
            "author": ", ".join(meta.authors),
            "contactInformation": meta.contact,
            "reference": "",
            "allowedUserName": ALLOWED_USERS[meta.avatar_permission],
            "violentUssageName": _say_allowed(meta.violent_usage),
            "sexualUssageName": _say_allowed(meta.sexual_usage),
            "commercialUssageName": _say_allowed(meta.commercial_usage != "personalNonProfit"),
            "otherPermissionUrl": "",
            "licenseName": "CC0" if is_cc0 else "Other" if meta.redistribution else "Redistribution_Prohibited",
            "otherLicenseUrl": meta.other_licence_url,
        }
        | ({"texture": thumbnail} if thumbnail is not None else {}),
        "humanoid": {
            "humanBones": [
                {"bone": bone, "node": i, "useDefaultValues": True}
                for i, bone in enumerate(bones)
                if bone in HUMANOID_BONES
            ],
            "armStretch": 0.05,
            "legStretch": 0.05,
            "upperArmTwist": 0.5,
            "lowerArmTwist": 0.5,
            "upperLegTwist": 0.5,
            "lowerLegTwist": 0.5,
            "feetSpacing": 0,
            "hasTranslationDoF": False,
        },
        "firstPerson": {
            "firstPersonBone": bones.index("head"),
            "firstPersonBoneOffset": {"x": 0, "y": 0.1, "z": 0},
            "meshAnnotations": [],
            "lookAtTypeName": "Bone",
            "lookAtHorizontalInner": curve,
            "lookAtHorizontalOuter": curve,
            "lookAtVerticalDown": curve,
            "lookAtVerticalUp": curve,
        },
        "blendShapeMaster": {
            "blendShapeGroups": [
                {
                    "name": preset,
                    "presetName": VRM0_PRESETS[preset],
                    "binds": [{"mesh": mesh, "index": index, "weight": 100.0 * w} for _, mesh, index, w in binds],
                    "materialValues": [],
                    "isBinary": False,
                }
                for preset, binds in expressions.items()
            ]
        },
        "secondaryAnimation": _make_secondary_animation(character.springs, character.colliders, bones),
        "materialProperties": [make_mtoon0_properties(*material) for material in materials],
    }


def _say_allowed(is_allowed: bool) -> str:
    return "Allow" if is_allowed else "Disallow"


def _make_secondary_animation(
    springs: tuple[SpringChain, ...], colliders: tuple[SphereCollider, ...], bones: list[str]
) -> dict[str, Any]:
    """Make the chains that swing; positions are those of Unity, whose z is the opposite of glTF's."""
    return {
        "boneGroups": [
            {
                "comment": spring.name,
                "stiffiness": spring.stiffness,
                "gravityPower": 0.0,
                "gravityDir": {"x": 0.0, "y": -1.0, "z": 0.0},
                "dragForce": spring.drag,
                "center": -1,
                "hitRadius": spring.hit_radius_m,
                "bones": [bones.index(spring.bones[0])],
                "colliderGroups": list(range(len(colliders))),
            }
            for spring in springs
        ],
        "colliderGroups": [
            {
                "node": bones.index(c.bone),
                # the character faces -z in VRM 0.x
                "colliders": [
                    {"offset": {"x": -c.offset_m[0], "y": c.offset_m[1], "z": c.offset_m[2]}, "radius": c.radius_m}
                ],
            }
            for c in colliders
        ],
    }


def make_mtoon0_properties(
    name: str, alpha_mode: str, double_sided: bool, shade: tuple[float, float, float], texture: int
) -> dict[str, Any]:
    """Make one entry of `materialProperties` (shader VRM/MToon)."""
    blend = alpha_mode == "BLEND"
    return {
        "name": name,
        "shader": "VRM/MToon",
        "renderQueue": QUEUE[alpha_mode],
        "keywordMap": {"_ALPHATEST_ON": True} if alpha_mode == "MASK" else {"_ALPHABLEND_ON": True} if blend else {},
        "tagMap": {"RenderType": {"OPAQUE": "Opaque", "MASK": "TransparentCutout", "BLEND": "Transparent"}[alpha_mode]},
        "floatProperties": {
            "_Cutoff": 0.5,
            "_BlendMode": {"OPAQUE": 0.0, "MASK": 1.0, "BLEND": 3.0}[alpha_mode],
            "_CullMode": 0.0 if double_sided else 2.0,
            "_SrcBlend": 5.0 if blend else 1.0,
            "_DstBlend": 10.0 if blend else 0.0,
            "_ZWrite": 1.0,
            "_ShadeShift": 0.0,
            "_ShadeToony": 0.9,
            "_OutlineWidth": 0.0,
            "_OutlineWidthMode": 0.0,
            "_MToonVersion": 35.0,
        },
        "vectorProperties": {
            "_Color": [1.0, 1.0, 1.0, 1.0],
            "_ShadeColor": [*shade, 1.0],
            "_MainTex": [0.0, 0.0, 1.0, 1.0],
            "_ShadeTexture": [0.0, 0.0, 1.0, 1.0],
        },
        "textureProperties": {"_MainTex": texture, "_ShadeTexture": texture},
    }
