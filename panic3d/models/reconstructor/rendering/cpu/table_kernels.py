"""Kernels that look points up in the table of a triplane, compiled by Numba at their first call and cached on disk."""

from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

f32 = np.float32
compiled = njit(nogil=True, fastmath=True, cache=True, error_model="numpy")
LEAST_EXPONENT = f32(-120.0)
"""Smaller powers of two are replaced by this one; the range of float32 ends a little below it."""


@intrinsic
def reinterpret_bits_as_float(typing_context: Any, bits: Any) -> Any:
    """Return the float32 that has the bits of an int32."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.float32))

    return types.float32(types.int32), generate


@compiled
def apply_softplus(x: np.ndarray) -> None:
    """Apply softplus in place, to within 5e-7: max(x, 0) + log(1 + e), where e = exp(-|x|).

    The whole part of e's power of two goes into its exponent's bits; the rest of it, and log(1 + e) / e, are
    polynomials (through Chebyshev's points; their errors are 8e-8 and 2e-7).
    """
    for i in range(x.shape[0]):
        power = max(abs(x[i]) * f32(-1.44269504), LEAST_EXPONENT)
        whole = np.int32(power - f32(0.5))
        r = power - f32(whole)
        e = f32(1.33908634e-3)
        for c in (9.67603192e-3, 5.55035711e-2, 0.240221075, 0.693147188, 1.00000008):
            e = e * r + f32(c)
        e *= reinterpret_bits_as_float(np.int32((whole + np.int32(127)) << np.int32(23)))
        series = f32(-8.37115255e-3)
        for c in (0.0434938998, -0.106850029, 0.176874767, -0.244747742, 0.332719284, -0.499971745, 0.999999781):
            series = series * e + f32(c)
        x[i] = max(x[i], f32(0)) + series * e


@compiled
def find_cell(unit: Any, cells: int) -> tuple[Any, Any]:
    """Return the cell before a coordinate in [-1, 1], plus 1, and the fraction of the way to the next one."""
    place = min(max((unit + f32(1)) * (f32(0.5) * f32(cells)) + f32(0.5), f32(0)), f32(cells + 1))
    cell = np.int32(place)
    return cell, place - f32(cell)


@compiled
def find_plane_corners(
    rows: np.ndarray, shares: np.ndarray, start: int, side: int, layers: int, across: Any, up: Any, deep: Any
) -> None:
    """Find the 8 rows that surround a point in one plane; `across`, `up`, `deep`: cell and fraction along its axes.

    A layer before the first or behind the last is empty: it is read as the nearest one, times 0.
    """
    first = start + up[0] * side + across[0]
    for behind in range(2):
        layer = deep[0] - 1 + behind
        weight = deep[1] if behind else f32(1) - deep[1]
        weight = weight if 0 <= layer < layers else f32(0)
        row = first + min(max(layer, 0), layers - 1) * side * side
        low, high = weight * (f32(1) - up[1]), weight * up[1]
        at = 4 * behind
        rows[at], rows[at + 1], rows[at + 2], rows[at + 3] = row, row + 1, row + side, row + side + 1
        shares[at], shares[at + 1] = low * (f32(1) - across[1]), low * across[1]
        shares[at + 2], shares[at + 3] = high * (f32(1) - across[1]), high * across[1]


@compiled
def find_corners(
    points: np.ndarray, scale: float, resolution: int, layers: int, rows: np.ndarray, shares: np.ndarray
) -> None:
    """Find the rows of a field's table (N, 24) that surround points (N, 3), and their interpolation weights."""
    side = resolution + 3
    plane = layers * side * side
    for i in range(points.shape[0]):
        x, y, z = points[i, 0] * f32(scale), points[i, 1] * f32(scale), points[i, 2] * f32(scale)
        in_x, in_y, in_z = find_cell(x, resolution), find_cell(y, resolution), find_cell(z, resolution)
        if layers == 1:  # the same at every depth, as EG3D's planes are
            x = y = z = f32(0)
        deep_x, deep_y, deep_z = find_cell(x, layers), find_cell(y, layers), find_cell(z, layers)
        find_plane_corners(rows[i, :8], shares[i, :8], 0, side, layers, in_x, in_y, deep_z)
        find_plane_corners(rows[i, 8:16], shares[i, 8:16], plane, side, layers, in_x, in_z, deep_y)
        find_plane_corners(rows[i, 16:], shares[i, 16:], 2 * plane, side, layers, in_y, in_z, deep_x)
