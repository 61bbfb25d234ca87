"""Traits of a person on which the choice of body, face, hair and clothes depends."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

Sex = Literal["female", "male"]
Age = Literal["child", "youth", "adult"]
Proportion = Literal["realistic", "anime", "chibi"]
SEXES: tuple[Sex, ...] = ("female", "male")
AGES: tuple[Age, ...] = ("child", "youth", "adult")
PROPORTIONS: tuple[Proportion, ...] = ("realistic", "anime", "chibi")


@dataclass(frozen=True)
class PersonTraits:
    """Sex, age and proportions of a character."""

    sex: Sex
    age: Age
    proportion: Proportion


def draw_traits(rng: np.random.Generator) -> PersonTraits:
    """Draw the traits of a character: six of ten are female, six of ten are youths."""
    sex = SEXES[rng.choice(2, p=[0.6, 0.4])]
    age = AGES[rng.choice(3, p=[0.15, 0.60, 0.25])]
    proportion = PROPORTIONS[rng.choice(3, p=[0.25, 0.60, 0.15])]
    return PersonTraits(sex, age, proportion)
