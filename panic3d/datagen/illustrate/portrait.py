"""A drawn portrait for a key: which style, by which seed."""

from typing import Any
from zlib import crc32

import numpy as np
from jaxtyping import UInt8

from panic3d.cameras.view import View
from panic3d.datagen.illustrate.drawing import draw
from panic3d.datagen.illustrate.fields import Fields
from panic3d.datagen.illustrate.styles import STYLES, StyleSet

VERSION = 1
"""Counts up when the same key gives another drawing."""


def illustrate(
    front: View, key: str, styles: StyleSet, name: str | None = None
) -> tuple[UInt8[np.ndarray, "S S 4"], dict[str, Any]]:
    """The drawing of an orthographic front view with normals and parts, and its record for `meta.json`.

    RGBA with straight alpha, on the render's own pixels. Style (unless `name` gives one) and hand follow from the key.
    """
    seed = crc32(f"{key}/illustration".encode())
    rng = np.random.Generator(np.random.PCG64(seed))
    chosen = str(rng.choice(sorted(STYLES[styles])))
    chosen = name or chosen
    record = {"styles": styles, "style": chosen, "seed": seed, "version": VERSION}
    return draw(Fields(front), STYLES[styles][chosen], rng), record
