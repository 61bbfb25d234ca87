"""Draw outfits by sex and age, in colours that go together."""

import colorsys

import numpy as np

from panic3d.datagen.synth.clothing.outfits.catalogue import OUTFITS
from panic3d.datagen.synth.clothing.params import ClothesParams
from panic3d.datagen.synth.draws.traits import PersonTraits
from panic3d.datagen.synth.meshes.paint import Colour, mix_colours
from panic3d.datagen.synth.palettes import CLOTH_COLOURS

NEUTRALS: tuple[Colour, ...] = (
    (0.96, 0.95, 0.96),
    (0.16, 0.16, 0.20),
    (0.20, 0.23, 0.36),
    (0.45, 0.46, 0.52),
    (0.82, 0.78, 0.72),
    (0.42, 0.32, 0.27),
)
PLAIN_SHARE = 0.5


def draw_clothes(
    rng: np.random.Generator,
    family: str,
    traits: PersonTraits,
    skin: Colour,
    manner: str,
    accessories: tuple[str, ...] = (),
    short_hair: bool = True,
    kind: str | None = None,
) -> ClothesParams:
    """Draw clothes for a person. Without `kind` any outfit."""
    adult = traits.age == "adult" and traits.proportion != "chibi"
    names = [
        name
        for name in OUTFITS.list_family(family)
        if traits.sex in OUTFITS[name].sexes
        and (adult or not OUTFITS[name].grown_up)
        and not (OUTFITS[name].hood_up and (accessories or not short_hair))
    ]
    kind = kind or str(rng.choice(names))
    main, collar, accent, inner = draw_colours(rng, OUTFITS[kind].neutral)
    patterns = OUTFITS[kind].patterns
    patterned = len(patterns) > 1 and rng.random() >= PLAIN_SHARE
    return ClothesParams(
        kind=kind,
        main=main,
        collar=collar,
        accent=accent,
        skirt=collar,
        skin=skin,
        inner=inner,
        manner=manner,
        pattern=str(rng.choice(patterns[1:])) if patterned else "plain",
        sleeve_m=float(rng.uniform(0.06, 0.40)),
        opening_m=float(rng.uniform(0.0, 0.05)),
        looseness_m=float(rng.uniform(0.0, 0.010)),
        bulk=float(rng.uniform(0.8, 1.25)),
        trousers=traits.sex == "male" or bool(rng.random() < 0.3),
    )


def draw_colours(rng: np.random.Generator, neutral: bool) -> tuple[Colour, Colour, Colour, Colour]:
    """Draw main colour, collar, accent and inner colour: one hue with neutrals, neighbours, or opposites."""
    dye = np.array(CLOTH_COLOURS[rng.integers(len(CLOTH_COLOURS))]) + rng.normal(0, 0.03, 3)
    dye_colour: Colour = tuple(np.clip(dye, 0.05, 0.98))
    first, second = (NEUTRALS[i] for i in rng.permutation(len(NEUTRALS))[:2])
    scheme = str(rng.choice(["neutral", "tones", "neighbour", "opposite"]))
    if neutral:
        main = mix_colours(first, dye_colour, float(rng.uniform(0.0, 0.35)))
    else:
        main = dye_colour if rng.random() < 0.65 else mix_colours(first, dye_colour, 0.15)
    match scheme:
        case "neutral":
            collar, accent = first if first != main else second, dye_colour if neutral else second
        case "tones":
            collar, accent = mix_colours(main, (0.12, 0.08, 0.18), 0.5), mix_colours(main, (1.0, 1.0, 1.0), 0.6)
        case "neighbour":
            collar, accent = turn_hue(dye_colour, 0.09), mix_colours(turn_hue(dye_colour, -0.08), first, 0.2)
        case _:
            collar, accent = mix_colours(first, dye_colour, 0.1), turn_hue(dye_colour, 0.5)
    if np.abs(np.subtract(accent, main)).max() < 0.22:
        accent = mix_colours(main, (0.98, 0.97, 0.98) if sum(main) < 1.6 else (0.15, 0.12, 0.25), 0.7)
    if np.abs(np.subtract(collar, main)).max() < 0.10:
        collar = mix_colours(main, (0.15, 0.12, 0.25) if sum(main) > 1.2 else (0.98, 0.97, 0.98), 0.45)
    inner = NEUTRALS[0] if rng.random() < 0.6 else (second if second != main else accent)
    return main, collar, accent, inner


def turn_hue(colour: Colour, turns: float) -> Colour:
    """Return a colour of another hue, less saturated."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*colour)
    return colorsys.hls_to_rgb((hue + turns) % 1.0, min(max(lightness, 0.3), 0.75), 0.85 * saturation)
