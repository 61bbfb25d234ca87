"""Draw the parameters of characters of version 2 of the generator (families `train` and `heldout`)."""

import numpy as np

from panic3d.datagen.synth.accessories.catalogue import ACCESSORIES
from panic3d.datagen.synth.accessories.covers import FULL_COVERS, HEAD_COVERS
from panic3d.datagen.synth.clothing.body import BodyShape
from panic3d.datagen.synth.clothing.params import OUTFITS_OF_VERSION_2, ClothesParams
from panic3d.datagen.synth.families import is_style_of
from panic3d.datagen.synth.hair.params import HairParams
from panic3d.datagen.synth.hair.styles import BACKS, FRINGES, SIDES
from panic3d.datagen.synth.hair.texture import HairColour
from panic3d.datagen.synth.head.eye_styles import EYE_STYLES
from panic3d.datagen.synth.head.eyes import EyeParams
from panic3d.datagen.synth.head.face import FaceParams
from panic3d.datagen.synth.head.mouth import MOUTHS_OF_VERSION_2, MouthParams
from panic3d.datagen.synth.head.skull import HeadShape
from panic3d.datagen.synth.meshes.paint import Colour, mix_colours
from panic3d.datagen.synth.palettes import CLOTH_COLOURS, EYE_COLOURS, HAIR_COLOURS, SKIN_COLOURS, SKIN_FREQUENCIES
from panic3d.datagen.synth.params import CharacterParams


def draw_version2(rng: np.random.Generator, family: str) -> CharacterParams:
    """Draw the parameters of a character. The order of the draws is part of the version."""
    proportion = str(rng.choice(["realistic", "anime", "chibi"], p=[0.25, 0.55, 0.20]))
    head, body = draw_proportions(rng, proportion)
    skin_name = str(rng.choice(list(SKIN_COLOURS), p=SKIN_FREQUENCIES))
    hair_name, second_name = (str(name) for name in rng.choice(list(HAIR_COLOURS), 2, replace=False))
    eyes_left = str(rng.choice(list(EYE_COLOURS)))
    eyes_right = str(rng.choice(list(EYE_COLOURS))) if rng.random() < 0.05 else eyes_left
    accessories = draw_accessories(rng, family)
    hair = draw_hair(rng, family, hair_name, second_name, accessories)
    skin, shade = SKIN_COLOURS[skin_name]
    dyes = [
        tuple(np.clip(np.array(CLOTH_COLOURS[i]) + rng.normal(0, 0.03, 3), 0, 1))
        for i in rng.permutation(len(CLOTH_COLOURS))[:6]
    ]
    return CharacterParams(
        head=head,
        face=draw_face(rng, family, proportion, skin, shade, hair.colour.base, (eyes_left, eyes_right)),
        hair=hair,
        body=body,
        clothes=ClothesParams(
            kind=str(rng.choice(OUTFITS_OF_VERSION_2)),
            main=_lighten(dyes[0], rng.random() < 0.55),
            collar=dyes[1],
            accent=dyes[2],
            skirt=dyes[3],
            skin=skin,
            long_sleeves=bool(rng.random() < 0.5),
        ),
        accessories=accessories,
        accessory_colours=(dyes[4], dyes[5]),
        ears="elf" if rng.random() < 0.12 else "human",
        names={
            "hair": hair_name,
            "hair_second": second_name,
            "eyes_left": eyes_left,
            "eyes_right": eyes_right,
            "skin": skin_name,
            "proportion": proportion,
        },
    )


def _lighten(colour: Colour, light: bool) -> Colour:
    return mix_colours(colour, (0.98, 0.97, 0.98), 0.85) if light else colour


def draw_proportions(rng: np.random.Generator, proportion: str) -> tuple[HeadShape, BodyShape]:
    """Draw the shapes of head and body."""
    u = rng.uniform(-1, 1, 8)
    base = {"realistic": (1.05, 1.0, 0.98), "anime": (1.16, 0.95, 1.0), "chibi": (1.38, 0.74, 1.05)}[proportion]
    chibi = proportion == "chibi"
    head = HeadShape(
        scale=base[0] * (1 + 0.05 * u[0]),
        width=base[2] * (1 + 0.03 * u[1]),
        jaw_width=(1.06 if chibi else 0.98) * (1 + 0.07 * u[2]),
        chin_drop_m=(-0.006 if chibi else 0.002 if proportion == "anime" else 0.006) + 0.003 * u[3],
        cheek=(0.004 if chibi else 0.0) + 0.002 * u[4],
        depth=1 + 0.02 * u[5],
        nose_m=(0.006 if chibi else 0.009 if proportion == "anime" else 0.012) + 0.002 * u[6],
        neck=0.68 if chibi else 0.86 + 0.05 * u[7],
    )
    v = rng.uniform(-1, 1, 3)
    body = BodyShape(scale=base[1] * (1 + 0.04 * v[0]), shoulders=1 + 0.06 * v[1], bust=1 + 0.25 * v[2])
    return head, body


def draw_face(
    rng: np.random.Generator,
    family: str,
    proportion: str,
    skin: Colour,
    shade: Colour,
    hair: Colour,
    eye_names: tuple[str, str],
) -> FaceParams:
    """Draw the face."""
    styles = [name for name, style in EYE_STYLES.items() if is_style_of(style.family, family)]
    shares = np.array([EYE_STYLES[name].frequency for name in styles])
    big = {"realistic": 0.90, "anime": 1.04, "chibi": 1.14}[proportion]
    u = rng.uniform(-1, 1, 10)
    closed = bool(rng.random() < 0.01)
    dark = mix_colours(hair, (0.10, 0.05, 0.08), 0.72)
    eyes = EyeParams(
        style=str(rng.choice(styles, p=shares / shares.sum())),
        centre_m=(0.0372 + 0.0012 * u[0], -0.006 + 0.003 * u[1]),
        half_width_m=0.0220 * big**0.7 * (1 + 0.05 * u[2]),
        half_height_m=0.0164 * big * (1 + 0.08 * u[3]),
        tilt_deg=3.0 * u[4],
        iris_left=EYE_COLOURS[eye_names[0]],
        iris_right=EYE_COLOURS[eye_names[1]],
        lash_colour=mix_colours(dark, (0.12, 0.07, 0.10), 0.6),
        brow_colour=mix_colours(hair, (0.15, 0.08, 0.10), 0.45),
        brow_lift_m=0.0105 + 0.003 * u[5],
        brow_tilt=0.004 * u[6],
        brow_thickness_m=0.0024 + 0.0009 * u[7],
        open_share=0.02 if closed else float(1 - 0.12 * rng.random()),
        closed_smile=closed and bool(rng.random() < 0.6),
    )
    styles = list(MOUTHS_OF_VERSION_2)
    mouth = MouthParams(
        style=str(rng.choice(styles)),
        y_m=-0.0615 + 0.0015 * u[8],
        half_width_m=0.0132 * (1 + 0.15 * u[9]),
        line=mix_colours(shade, (0.25, 0.05, 0.07), 0.88),
    )
    return FaceParams(skin, shade, float(rng.uniform(0.15, 0.6)), bool(rng.random() < 0.05), eyes, mouth)


def draw_hair_colour(rng: np.random.Generator, name: str, second: str) -> tuple[HairColour, float]:
    """Draw shades of two named colours, and a uniform random number that decides which parts have the second one."""
    base = tuple(np.clip(np.array(HAIR_COLOURS[name]) * rng.uniform(0.92, 1.06) + rng.normal(0, 0.02, 3), 0.05, 0.98))
    two_tone = float(rng.random())
    colour = HairColour(
        base=base,
        tip=HAIR_COLOURS[second] if two_tone < 0.15 else base,
        second=HAIR_COLOURS[second],
        gloss=float(rng.uniform(0.15, 0.95)),
        tip_from=float(rng.uniform(0.4, 0.75)),
    )
    return colour, two_tone


def draw_hair(
    rng: np.random.Generator, family: str, name: str, second: str, accessories: tuple[str, ...]
) -> HairParams:
    """Draw the hairstyle."""
    colour, two_tone = draw_hair_colour(rng, name, second)
    hooded, covered = "hood" in accessories, any(item in HEAD_COVERS for item in accessories)
    backs = [back for back in BACKS.list_family(family) if BACKS[back].short or not hooded]
    backs = [back for back in backs if not (covered and BACKS[back].tied_high)]
    return HairParams(
        fringe=str(rng.choice(FRINGES.list_family(family))),
        side=str(rng.choice(SIDES.list_family(family))),
        back=str(rng.choice(backs)),
        colour=colour,
        volume_m=float(rng.uniform(0.0, 0.004 if hooded else 0.016)),
        length=float(rng.uniform(0.85, 1.15)),
        lock_width=float(rng.uniform(0.9, 1.12)),
        part_deg=float(rng.uniform(-14, 14)),
        flip=bool(rng.random() < 0.5),
        wave_m=float(rng.choice([0.0, 0.0, 0.0, 0.004])),
        messy=float(rng.uniform(0.1, 0.8)),
        ahoge=int(rng.choice([0, 0, 0, 1, 2])) * (not covered),
        streaks=float(rng.uniform(0.1, 0.4)) if 0.15 <= two_tone < 0.25 else 0.0,
        inner_colour=bool(0.25 <= two_tone < 0.33),
    )


def draw_accessories(rng: np.random.Generator, family: str) -> tuple[str, ...]:
    """Draw up to two accessories, one per slot."""
    count = int(rng.choice([0, 1, 2], p=[0.35, 0.45, 0.20]))
    names = [name for name, entry in ACCESSORIES.items() if is_style_of(entry.family, family)]
    chosen: dict[str, str] = {}
    # Accessories that hide the eyes are rarer, as in drawn characters.
    shares = np.array([0.15 if ACCESSORIES[name].slot == "eyes" else 1.0 for name in names])
    for name in rng.choice(names, count, replace=False, p=shares / shares.sum()):
        chosen.setdefault(ACCESSORIES[str(name)].slot, str(name))
    if chosen.get("top") in HEAD_COVERS:  # accessories on the hair would penetrate the hat
        allowed = ("eyes",) if chosen["top"] in FULL_COVERS else ("eyes", "side", "above")
        chosen = {slot: name for slot, name in chosen.items() if slot in ("top", *allowed)}
    return tuple(sorted(chosen.values()))
