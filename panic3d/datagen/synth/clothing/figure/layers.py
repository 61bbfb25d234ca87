"""Layers about the torso or an arm: skin and garments on one another, of which only what shows is meshed."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy.ndimage import map_coordinates, minimum_filter

FINE_LEVELS, FINE_ANGLES = 112, 128
MARGIN_CELLS = 5
"""A layer reaches about half as many fine cells below the edge of what covers it."""
MIN_GAP_M = 0.0008


@dataclass(frozen=True)
class Layer:
    """A surface at a distance from the torso, or from the axis of the arm: rows are levels, columns are angles."""

    levels: Float[np.ndarray, " R"]
    angles: Float[np.ndarray, " C"]
    offset_m: Float[np.ndarray, "R C"]


def lay_about_arm(
    along_m: Float[np.ndarray, " R"], radius_m: Float[np.ndarray, " R"], angles: Float[np.ndarray, " C"]
) -> Layer:
    """Return the layer of a tube about the arm, whose angles decrease from column to column."""
    return Layer(along_m, -angles, np.broadcast_to(radius_m[:, None], (len(along_m), len(angles))))


def find_hidden_cells(layers: list[Layer], opaque: list[Bool[np.ndarray, "_ _"]]) -> list[Bool[np.ndarray, "_ _"]]:
    """Return which cells of each layer lie wholly below the opaque parts of others.

    Args:
        layers: the layers.
        opaque: pictures, stretched over the layers, of where they are opaque.
    """
    top, bottom = (min(layer.levels.min() for layer in layers), max(layer.levels.max() for layer in layers))
    levels = np.linspace(top, bottom, FINE_LEVELS)
    angles = np.linspace(-np.pi, np.pi, FINE_ANGLES, endpoint=False)
    covers = np.full((len(layers), FINE_LEVELS, FINE_ANGLES), -1.0)
    for cover, layer, picture in zip(covers, layers, opaque, strict=True):
        row = np.interp(levels, layer.levels, np.linspace(0, 1, len(layer.levels)), -1, -1)
        span = layer.angles[-1] - layer.angles[0]
        column = ((angles - layer.angles[0]) % (2 * np.pi)) / span
        reached = (row >= 0)[:, None] & (column <= 1)[None]
        share = np.meshgrid(np.clip(row, 0, 1), np.clip(column, 0, 1), indexing="ij")
        v, u = (np.round(axis * (size - 1)).astype(int) for axis, size in zip(share, picture.shape, strict=True))
        shown = minimum_filter(reached & picture[v, u], MARGIN_CELLS, mode=("constant", "wrap"), cval=False)
        place = [axis * (size - 1) for axis, size in zip(share, layer.offset_m.shape, strict=True)]
        cover[shown] = map_coordinates(layer.offset_m, place, order=1)[shown]
    hidden = []
    for i, layer in enumerate(layers):
        others = np.delete(covers, i, axis=0).max(axis=0, initial=-1.0)
        row = np.round((layer.levels - top) / (bottom - top) * (FINE_LEVELS - 1)).astype(int)
        column = np.round((layer.angles + np.pi) / (2 * np.pi) * FINE_ANGLES).astype(int) % FINE_ANGLES
        below = others[np.ix_(row, column)] > layer.offset_m + MIN_GAP_M
        hidden.append(below[1:, 1:] & below[:-1, 1:] & below[1:, :-1] & below[:-1, :-1])
    return hidden
