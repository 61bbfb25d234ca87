"""The fields of hair."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from panic3d.datagen.synth.accessories.covers import HEAD_COVERS
from panic3d.datagen.synth.fields.field import CategoricalField, ColourField, Condition, ContinuousField, Field
from panic3d.datagen.synth.fields.recording import record_reads
from panic3d.datagen.synth.hair.build import MOST_AHOGE
from panic3d.datagen.synth.hair.locks import SECOND
from panic3d.datagen.synth.hair.params import GUIDED, GuideField, HairParams
from panic3d.datagen.synth.hair.styles import BACKS, FRINGES, SIDES
from panic3d.datagen.synth.hair.surfaces.cloud import compute_cloud_lift
from panic3d.datagen.synth.meshes.manners import MANNERS
from panic3d.datagen.synth.params import CharacterParams

MATT_MANNERS = ("flat",)
"""Manners of painting without highlights."""


@dataclass(frozen=True)
class StyleUse:
    """What a style makes of the parameters of hair."""

    parameters: frozenset[str]
    """The parameters that its locks depend on."""
    grows: bool
    """Whether it has locks."""
    has_second_colour: bool
    """Whether some of its locks always have the second colour."""


@cache
def find_style_use(kind: str, name: str) -> StyleUse:
    """Grow a style of a kind (`fringe`, `side` or `back`) and find out which parameters it reads."""
    style = {"fringe": FRINGES, "side": SIDES, "back": BACKS}[kind][name]
    guides, guides_read = record_reads(GuideField())
    params, read = record_reads(HairParams(smooth=True, wave_m=0.005, guides=guides))
    groups = style.grow(params, np.random.default_rng(0))
    columns = np.concatenate([np.zeros(0, np.int64), *(group.column for group in groups)])
    if style.cloud_m:
        compute_cloud_lift(style.cloud_m, params)
    used = read if style.cloud_m or len(columns) else set()
    used = used | {f"guides.{name}" for name in guides_read}
    return StyleUse(frozenset(used), len(columns) > 0, bool((columns == SECOND).any()))


def list_style_uses(params: CharacterParams) -> list[StyleUse]:
    """List what the three styles of a character use."""
    hair = params.hair
    return [find_style_use("fringe", hair.fringe), find_style_use("side", hair.side), find_style_use("back", hair.back)]


def has_locks(params: CharacterParams) -> bool:
    """Return whether the character has hair of some length."""
    return any(use.grows for use in list_style_uses(params))


def make_use_condition(name: str) -> Condition:
    """Return a condition: some style of the character reads the parameter."""

    def is_used(params: CharacterParams) -> bool:
        return any(name in use.parameters for use in list_style_uses(params))

    return is_used


def has_scalp_hair(params: CharacterParams) -> bool:
    """Return whether there is hair at all, be it stubble."""
    return not BACKS[params.hair.back].bald


def has_volume(params: CharacterParams) -> bool:
    """Return whether the hair has a volume, or a hat that lies on it."""
    hat = any(item in HEAD_COVERS for item in params.accessories)
    return hat or has_locks(params) or (BACKS[params.hair.back].shaved_above_deg > 0 and has_scalp_hair(params))


def has_free_fringe(params: CharacterParams) -> bool:
    """Return whether there is a fringe."""
    return find_style_use("fringe", params.hair.fringe).grows


def has_second_colour(params: CharacterParams) -> bool:
    """Return whether the second colour is visible somewhere."""
    hair = params.hair
    inner = hair.inner_colour and make_use_condition("inner_colour")(params)
    return (
        inner or (hair.streaks > 0 and has_locks(params)) or any(u.has_second_colour for u in list_style_uses(params))
    )


def _make_guide_field(name: str, front: float, low: float, high: float, unit: str = "") -> ContinuousField:
    return ContinuousField(f"hair.guides.{name}", front, make_use_condition(f"guides.{name}"), low, high, unit)


def has_shaved_guides(params: CharacterParams) -> bool:
    """Return whether the back follows the guides and is shaved below."""
    return params.hair.back == GUIDED and params.hair.guides.shaved


GUIDE_FIELDS: tuple[Field, ...] = (
    CategoricalField("hair.guides.layers", 0.4, make_use_condition("guides.layers"), values=(2, 3, 4)),
    CategoricalField("hair.guides.shaved", 0.6, make_use_condition("guides.shaved"), values=(False, True)),
    ContinuousField("hair.guides.shaved_deg", 0.4, has_shaved_guides, low=66.0, high=104.0, unit="deg"),
    ContinuousField(
        "hair.guides.nape_deg",
        0.4,
        lambda params: params.hair.back == GUIDED and not params.hair.guides.shaved,
        low=92.0,
        high=128.0,
        unit="deg",
    ),
    ContinuousField(
        "hair.guides.waves",
        0.6,
        lambda params: params.hair.back == GUIDED and params.hair.wave_m > 0,
        low=1.0,
        high=3.5,
    ),
    _make_guide_field("density", 0.7, 0.75, 1.3),
    _make_guide_field("back_m", 0.7, 0.015, 0.44, "m"),
    _make_guide_field("layering", 0.6, 0.0, 0.9),
    _make_guide_field("side_ratio", 0.8, 0.5, 1.25),
    _make_guide_field("flare", 0.8, -0.08, 0.45),
    _make_guide_field("stand", 0.8, 0.0, 0.75),
    _make_guide_field("sweep", 0.5, -0.4, 0.4),
    _make_guide_field("curl", 0.8, -1.2, 1.4),
    _make_guide_field("taper", 0.8, 1.0, 7.5),
    _make_guide_field("clumping", 0.7, 0.0, 1.0),
    _make_guide_field("fringe_y_m", 1.0, -0.022, 0.044, "m"),
    _make_guide_field("fringe_arch_m", 1.0, -0.012, 0.060, "m"),
    _make_guide_field("fringe_lean", 1.0, -0.9, 0.9),
    _make_guide_field("fringe_open", 1.0, 0.0, 1.0),
    _make_guide_field("fringe_ragged", 0.9, 0.0, 1.0),
)

HAIR_FIELDS: tuple[Field, ...] = (
    CategoricalField("hair.back", 0.7, values=tuple(BACKS)),
    CategoricalField("hair.fringe", 1.0, values=tuple(FRINGES)),
    CategoricalField("hair.side", 1.0, values=tuple(SIDES)),
    CategoricalField("hair.flip", 1.0, has_free_fringe, values=(False, True)),
    CategoricalField("hair.ahoge", 0.9, has_locks, values=tuple(range(MOST_AHOGE + 1))),
    CategoricalField("hair.inner_colour", 0.7, make_use_condition("inner_colour"), values=(False, True)),
    CategoricalField("hair.manner", 1.0, lambda params: params.hair.smooth and has_scalp_hair(params), values=MANNERS),
    ContinuousField("hair.volume_m", 0.9, has_volume, low=0.0, high=0.016, unit="m"),
    ContinuousField("hair.length", 0.7, make_use_condition("length"), low=0.85, high=1.15),
    ContinuousField("hair.lock_width", 0.6, make_use_condition("lock_width"), low=0.9, high=1.12),
    ContinuousField("hair.part_deg", 0.8, make_use_condition("part_deg"), low=-14.0, high=14.0, unit="deg"),
    ContinuousField("hair.wave_m", 0.7, make_use_condition("wave_m"), low=0.0, high=0.007, unit="m"),
    ContinuousField("hair.messy", 0.8, make_use_condition("messy"), low=0.1, high=0.8),
    ContinuousField("hair.streaks", 0.9, make_use_condition("streaks"), low=0.0, high=0.4),
    ContinuousField(
        "hair.colour.gloss",
        1.0,
        lambda params: has_locks(params) and params.hair.manner not in MATT_MANNERS,
        low=0.15,
        high=0.95,
    ),
    ContinuousField(
        "hair.colour.tip_from",
        0.9,
        lambda params: has_locks(params) and params.hair.colour.tip != params.hair.colour.base,
        low=0.4,
        high=0.75,
    ),
    ColourField("hair.colour.base", 1.0, has_scalp_hair),
    ColourField("hair.colour.tip", 0.9, has_locks),
    ColourField("hair.colour.second", 0.8, has_second_colour),
    *GUIDE_FIELDS,
)
"""All but `hair.smooth`, which tells the generator's version."""
