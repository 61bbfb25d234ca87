"""Draw a portrait for a key, which determines the style and the random seed."""

from typing import Any
from zlib import crc32

import numpy as np
from jaxtyping import UInt8

from panic3d.cameras.view import View
from panic3d.datagen.illustrate.drawing import draw_portrait
from panic3d.datagen.illustrate.passes import PortraitPasses
from panic3d.datagen.illustrate.styles import STYLES, StyleSet
from panic3d.runtime.errors import name_stage

ILLUSTRATION_VERSION = 1
"""Increased with every change that alters the drawing of a key."""


@name_stage("drawing the portrait")
def illustrate(
    front: View, key: str, styles: StyleSet, name: str | None = None
) -> tuple[UInt8[np.ndarray, "S S 4"], dict[str, Any]]:
    """Draw an orthographic front view with normals and parts.

    Returns the drawing (RGBA with straight alpha, on the pixels of the render) and its record for `meta.json`. Style
    (unless `name` gives one) and all random choices follow from the key. Raises ValueError where normals or parts are
    missing.
    """
    seed = crc32(f"{key}/illustration".encode())
    rng = np.random.Generator(np.random.PCG64(seed))
    chosen = str(rng.choice(sorted(STYLES[styles])))
    chosen = name or chosen
    record = {"styles": styles, "style": chosen, "seed": seed, "version": ILLUSTRATION_VERSION}
    return draw_portrait(PortraitPasses(front), STYLES[styles][chosen], rng), record
