"""Danbooru tags of what is painted on a face."""

from panic3d.datagen.synth.head.eye_styles import EYE_STYLES
from panic3d.datagen.synth.head.face import FaceDetails, FaceParams

MOUTH_TAGS = {
    "smile": ("smile",),
    "line": ("expressionless",),
    "frown": ("frown",),
    "cat": (":3",),
    "grin": ("grin",),
    "smirk": ("smirk",),
    "pout": ("pout",),
    "wide_smile": ("smile",),
    "tiny": ("closed_mouth",),
    "firm": ("closed_mouth",),
    "bow": ("closed_mouth",),
    "laugh": ("open_mouth", "smile"),
    "teeth": ("grin", "teeth"),
    "lopsided": ("open_mouth", "smirk"),
    "wavy": ("wavy_mouth",),
    "clenched": ("clenched_teeth", "teeth"),
}
"""Mouths that are not named are open."""
PUPIL_TAGS = {
    "slit": ("slit_pupils",),
    "none": ("no_pupils",),
    "heart": ("heart-shaped_pupils", "symbol-shaped_pupils"),
    "star": ("star-shaped_pupils", "symbol-shaped_pupils"),
    "ring": ("ringed_eyes",),
    "cross": ("cross-shaped_pupils", "symbol-shaped_pupils"),
    "flower": ("flower-shaped_pupils", "symbol-shaped_pupils"),
}
BROW_TAGS = {
    "thick": ("thick_eyebrows",),
    "short": ("short_eyebrows",),
    "dots": ("hikimayu", "short_eyebrows"),
    "split": ("eyebrow_cut",),
    "angular": ("v-shaped_eyebrows",),
}
FANG_TAGS = {"one": ("fang",), "two": ("fangs",)}
BLUSH_TAGS = {"nose": ("nose_blush",), "hearts": ("blush_stickers",), "spirals": ("blush_stickers",)}
MARK_TAGS = {
    "mole_eye": ("mole", "mole_under_eye"),
    "mole_mouth": ("mole", "mole_under_mouth"),
    "scar_eye": ("scar", "scar_across_eye", "scar_on_face"),
    "scar_cheek": ("scar", "scar_on_cheek", "scar_on_face"),
    "scar_nose": ("scar", "scar_on_face", "scar_on_nose"),
    "plaster_nose": ("bandaid", "bandaid_on_face", "bandaid_on_nose"),
    "plaster_cheek": ("bandaid", "bandaid_on_cheek", "bandaid_on_face"),
    "whiskers": ("facial_mark", "whisker_markings"),
    "stripes": ("facial_mark",),
    "tear": ("facial_mark", "teardrop_facial_mark"),
    "star": ("facial_mark", "star_facial_mark"),
    "forehead_gem": ("forehead_jewel",),
    "eye_lines": ("eyeliner", "makeup"),
    "tribal": ("facial_mark", "facial_tattoo"),
    "dirt": ("dirty_face",),
    "bags": ("bags_under_eyes",),
}


def list_face_tags(face: FaceParams) -> set[str]:
    """List the tags of a face."""
    eyes, found = face.eyes, set[str]()
    if face.freckles:
        found.add("freckles")
    if face.blush > 0.4:
        found.update({"blush", *BLUSH_TAGS.get(face.details.blush_style if face.details else "", ())})
    found.update(EYE_STYLES[eyes.style].tags)
    if eyes.is_closed:
        found.add("closed_eyes")
    elif eyes.details is not None:
        found.update(PUPIL_TAGS.get(eyes.details.pupil, ()))
    if eyes.details is not None:
        found.update(BROW_TAGS.get(eyes.details.brow, ()))
    found.update(MOUTH_TAGS.get(face.mouth.style, ("open_mouth",)))
    found.update(FANG_TAGS.get(face.mouth.fangs, ()))
    return found | (_list_detail_tags(face.details) if face.details is not None else set())


def _list_detail_tags(details: FaceDetails) -> set[str]:
    found = {tag for mark in details.marks for tag in MARK_TAGS[mark]}
    for strength, tags in (
        (details.stubble, ("facial_hair", "stubble")),
        (details.lips, ("lipstick", "makeup")),
        (details.eye_shadow, ("eyeshadow", "makeup")),
    ):
        if strength > 0.2:
            found.update(tags)
    return found
