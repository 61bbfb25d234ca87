"""Draw bodies: sex, age and proportion decide what is likely, everyone differs."""

import numpy as np

from panic3d.datagen.synth.clothing.body import BodyShape
from panic3d.datagen.synth.draws.traits import PersonTraits

SCALES = {"realistic": 1.02, "anime": 0.98, "chibi": 0.76}
AGE_SCALES = {"child": 0.90, "youth": 1.0, "adult": 1.04}
# Sex and age: distance of the shoulder joints, trapezius, chest depth, arms, neck length, bust.
STANDARDS: dict[tuple[str, str], tuple[float, ...]] = {
    ("female", "child"): (0.082, 0.05, 0.94, 0.92, 0.000, 0.002),
    ("female", "youth"): (0.094, 0.10, 1.00, 0.96, 0.006, 0.016),
    ("female", "adult"): (0.099, 0.15, 1.02, 1.00, 0.011, 0.024),
    ("male", "child"): (0.084, 0.10, 0.96, 0.96, 0.001, 0.000),
    ("male", "youth"): (0.108, 0.35, 1.06, 1.10, 0.009, 0.002),
    ("male", "adult"): (0.122, 0.65, 1.16, 1.26, 0.013, 0.005),
}


def draw_body(rng: np.random.Generator, traits: PersonTraits) -> BodyShape:
    """Draw the shape of the body."""
    u = rng.uniform(-1, 1, 10)
    chibi = traits.proportion == "chibi"
    shoulder, trapezius, chest, arms, neck_length, bust = STANDARDS[traits.sex, traits.age]
    stout = float(np.clip(rng.normal(0, 0.5), -1, 1.2))
    small = 0.45 if chibi else 1.0
    return BodyShape(
        scale=SCALES[traits.proportion] * AGE_SCALES[traits.age] * (1 + 0.04 * u[0]),
        shoulder_m=(0.5 * shoulder + 0.040 if chibi else shoulder) * (1 + 0.05 * u[1] + 0.02 * stout),
        slope_m=0.004 + 0.006 * u[2],
        neck_length_m=max(neck_length * (0.25 if chibi else 1.0) + 0.006 * u[3], 0.0),
        trapezius=float(np.clip(trapezius * small + 0.15 * u[4] + 0.1 * stout, 0, 1)),
        chest_depth=chest * (1 + 0.05 * u[5] + 0.06 * stout),
        breadth=1 + 0.04 * u[6] + 0.10 * stout,
        waist=(0.94 if traits.sex == "female" else 1.06) * (1 + 0.05 * u[7] + 0.06 * max(stout, 0.0)),
        bust_m=max(bust * small * (1 + 0.75 * u[8]), 0.0),
        arms=arms * (1 + 0.08 * u[9] + 0.12 * stout),
    )
