"""Draw the guides of the styles `guided`: half of them short, a third of medium length, the others long."""

import numpy as np

from panic3d.datagen.synth.draws.traits import PersonTraits
from panic3d.datagen.synth.hair.params import LONG_BACK_M, SHORT_BACK_M, GuideField

LENGTHS_M = ((0.015, SHORT_BACK_M), (SHORT_BACK_M, LONG_BACK_M), (LONG_BACK_M, 0.44))
"""Ranges of short, medium and long backs."""
LENGTH_FREQUENCIES = {"female": (0.34, 0.40, 0.26), "male": (0.75, 0.19, 0.06)}


def draw_guides(rng: np.random.Generator, traits: PersonTraits) -> GuideField:
    """Draw a field of guides."""
    low, high = LENGTHS_M[rng.choice(3, p=LENGTH_FREQUENCIES[traits.sex])]
    back_m = float(rng.uniform(low, high))
    short = back_m < SHORT_BACK_M
    shaved = bool(short and rng.random() < (0.22 if traits.sex == "male" else 0.06))
    spiky = rng.random() < (0.45 if short else 0.12)
    opened = rng.random()
    return GuideField(
        density=float(rng.uniform(0.75, 1.3)),
        layers=int(rng.choice([2, 3, 4], p=[0.25, 0.45, 0.30])),
        back_m=back_m,
        layering=float(rng.uniform(0.0, 0.9)),
        side_ratio=float(rng.uniform(0.5, 1.0) if short else rng.uniform(0.6, 1.25)),
        nape_deg=float(rng.uniform(96.0, 128.0) if short else rng.uniform(92.0, 104.0)),
        shaved=shaved,
        shaved_deg=float(rng.uniform(66.0, 104.0)),
        flare=float(rng.uniform(-0.08, 0.45)),
        stand=float(rng.uniform(0.2, 0.75)) if spiky else 0.0,
        sweep=float(np.clip(rng.normal(0, 0.14), -0.4, 0.4)),
        curl=float(rng.uniform(-1.2, 1.4)),
        waves=float(rng.uniform(1.0, 3.5)),
        taper=float(np.exp(rng.uniform(0.0, 2.0))) if rng.random() < 0.4 else float(rng.uniform(1.0, 2.2)),
        clumping=float(rng.uniform(0.0, 1.0)),
        fringe_y_m=float(rng.uniform(-0.022, 0.044)),
        fringe_arch_m=float(rng.uniform(-0.012, 0.060)),
        fringe_lean=float(np.clip(rng.normal(0, 0.35), -0.9, 0.9)),
        fringe_open=float(rng.uniform(0.2, 1.0)) if opened < 0.35 else 0.0,
        fringe_ragged=float(rng.uniform(0.0, 1.0)),
    )
