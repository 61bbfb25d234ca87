"""The fields of hair."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from panic3d.datagen.synth.accessories.covers import HEAD_COVERS
from panic3d.datagen.synth.fields.field import CategoricalField, ColourField, Condition, ContinuousField, Field
from panic3d.datagen.synth.hair.build import MOST_AHOGE
from panic3d.datagen.synth.hair.locks import SECOND
from panic3d.datagen.synth.hair.params import HairParams
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


class _RecordingParams(HairParams):
    """Parameters that remember which of them were read."""

    def __getattribute__(self, name: str) -> Any:
        read = object.__getattribute__(self, "__dict__").setdefault("_read", set())
        read.add(name)
        return object.__getattribute__(self, name)


@cache
def find_style_use(kind: str, name: str) -> StyleUse:
    """Grow a style of a kind (`fringe`, `side` or `back`) and find out which parameters it reads."""
    style = {"fringe": FRINGES, "side": SIDES, "back": BACKS}[kind][name]
    params = _RecordingParams(smooth=True)
    groups = style.grow(params, np.random.default_rng(0))
    columns = np.concatenate([np.zeros(0, np.int64), *(group.column for group in groups)])
    if style.cloud_m:
        compute_cloud_lift(style.cloud_m, params)
    read = vars(params)["_read"] if style.cloud_m or len(columns) else ()
    return StyleUse(frozenset(read), len(columns) > 0, bool((columns == SECOND).any()))


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
)
"""All but `hair.smooth`, which tells the generator's version."""
