"""Write one character in every style.

Run `python -m panic3d.datagen.synth.survey.vocabulary --help`.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import click

from panic3d.datagen.synth.accessories.catalogue import ACCESSORIES
from panic3d.datagen.synth.clothing.outfits.catalogue import OUTFITS
from panic3d.datagen.synth.clothing.params import OUTFITS_OF_VERSION_2
from panic3d.datagen.synth.draws.draw import draw_params, make_random_generator
from panic3d.datagen.synth.generate import build_character
from panic3d.datagen.synth.hair.registry import HairStyle
from panic3d.datagen.synth.hair.styles import BACKS, FRINGES, SIDES
from panic3d.datagen.synth.head.eye_styles import EYE_STYLES
from panic3d.datagen.synth.head.mouth import MOUTH_STYLES
from panic3d.datagen.synth.params import CharacterParams
from panic3d.datagen.synth.vrm.writer import write_vrm

STYLE_KINDS: dict[str, Iterable[str]] = {
    "fringe": FRINGES,
    "side": SIDES,
    "back": BACKS,
    "accessory": ACCESSORIES,
    "eyes": EYE_STYLES,
    "mouth": MOUTH_STYLES,
    "outfit": (*OUTFITS_OF_VERSION_2, *OUTFITS),
}
SMOOTH_FAMILIES = ("train2", "heldout2")
"""Families whose characters have smooth hair."""


def apply_style(params: CharacterParams, kind: str, name: str) -> CharacterParams:
    """Return the same character with one style changed. Raises ValueError where the kind is unknown."""
    hair, face = params.hair, params.face
    match kind:
        case "fringe":
            return replace(params, hair=replace(hair, fringe=name, smooth=_is_smooth(FRINGES[name])))
        case "side":
            return replace(params, hair=replace(hair, side=name, smooth=_is_smooth(SIDES[name])))
        case "back":
            back = BACKS[name]
            fringe, side = (*back.fringes, hair.fringe)[0], (*back.sides, hair.side)[0]
            return replace(params, hair=replace(hair, back=name, fringe=fringe, side=side, smooth=_is_smooth(back)))
        case "accessory":
            return replace(params, accessories=(name,))
        case "eyes":
            return replace(params, face=replace(face, eyes=replace(face.eyes, style=name)))
        case "mouth":
            return replace(params, face=replace(face, mouth=replace(face.mouth, style=name)))
        case "outfit":
            return replace(params, clothes=replace(params.clothes, kind=name))
    raise ValueError(f"kind must be one of {', '.join(STYLE_KINDS)}, got {kind!r}")


def _is_smooth(style: HairStyle) -> bool:
    """Return whether only characters with smooth hair have a style."""
    return style.family in SMOOTH_FAMILIES


def make_plain_character() -> CharacterParams:
    """Make a character without accessories and without random variation of its hair."""
    params = draw_params(make_random_generator(4, 1, "train"), "train")
    colour = replace(params.hair.colour, base=(0.62, 0.45, 0.78), tip=(0.62, 0.45, 0.78))
    hair = replace(
        params.hair, fringe="straight", side="short", back="bob", colour=colour, volume_m=0.006, length=1.0, messy=0.35,
        ahoge=0, wave_m=0.0, streaks=0.0, inner_colour=False,
    )  # fmt: skip
    return replace(params, accessories=(), hair=hair, head=replace(params.head, scale=1.16))


@click.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The folder of the files.")
@click.option(
    "--kind",
    "kinds",
    type=click.Choice(list(STYLE_KINDS)),
    multiple=True,
    help="A kind of style; can be repeated.  [default: all kinds]",
)
def main(out: Path, kinds: tuple[str, ...]) -> None:
    """Write KIND-NN-NAME.vrm for every style of each kind."""
    out.mkdir(parents=True, exist_ok=True)
    plain = make_plain_character()
    for kind in kinds or STYLE_KINDS:
        for number, name in enumerate(STYLE_KINDS[kind]):
            title = f"{kind}-{number:02}-{name}"
            character, _ = build_character(apply_style(plain, kind, name), make_random_generator(4, 1, "train"), title)
            write_vrm(out / f"{title}.vrm", character, "1.0")
            click.echo(title)


if __name__ == "__main__":
    main()
