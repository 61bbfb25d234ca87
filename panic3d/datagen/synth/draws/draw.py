"""Draw a character's parameters from seed, index and family."""

import zlib

import numpy as np

from panic3d.datagen.synth.draws.version2 import draw_version2
from panic3d.datagen.synth.draws.version3 import draw_version3
from panic3d.datagen.synth.families import FAMILIES
from panic3d.datagen.synth.params import CharacterParams

DRAW_FUNCTIONS = {2: draw_version2, 3: draw_version3}


def make_random_generator(seed: int, index: int, family: str) -> np.random.Generator:
    """Make the random generator of one character."""
    version = FAMILIES[family].version
    return np.random.Generator(np.random.PCG64([version, seed, index, zlib.crc32(family.encode())]))


def draw_params(rng: np.random.Generator, family: str) -> CharacterParams:
    """Draw the parameters of a character of a family."""
    return DRAW_FUNCTIONS[FAMILIES[family].version](rng, family)
