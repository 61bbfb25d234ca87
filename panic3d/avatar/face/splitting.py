"""Splitting triangles at points of their edges, so that neighbours still share whole edges."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

ROOT_STEPS = 12
"""Bisections that find where a function is zero on an edge; the last interval is a thousandth of the edge."""
MAX_ROUNDS = 6
"""Of halving edges; the longest edge of a head is about 30 times as long as the shortest that is wanted."""
NEAR_END = 0.02
"""A zero so near to an end of an edge, in lengths of the edge, is taken to be at the end."""


@dataclass(frozen=True)
class FaceMesh:
    """A mesh without texture coordinates; vertices in the head frame, in metres."""

    vertices_head_m: Float[np.ndarray, "V 3"]
    triangles: Int[np.ndarray, "T 3"]


def find_edges(triangles: Int[np.ndarray, "T 3"]) -> tuple[Int[np.ndarray, "E 2"], Int[np.ndarray, "T 3"]]:
    """Return each edge once, with its lower index first, and the edges of each triangle.

    Edge i of a triangle joins its corners i and i + 1.
    """
    pairs = np.stack([triangles, np.roll(triangles, -1, axis=1)], axis=2).reshape(-1, 2)
    edges, index = np.unique(np.sort(pairs, axis=1), axis=0, return_inverse=True)
    return edges, index.reshape(-1, 3)


def split_edges(
    mesh: FaceMesh, edges: Int[np.ndarray, "E 2"], of_triangle: Int[np.ndarray, "T 3"], place: Float[np.ndarray, " E"]
) -> FaceMesh:
    """Return the mesh with a new vertex on every edge whose `place` is a number, at that share of its length.

    `edges` and `of_triangle` are those of `find_edges`; NaN leaves an edge whole.
    """
    split = np.flatnonzero(np.isfinite(place))
    first, second = (mesh.vertices_head_m[edges[split, end]] for end in (0, 1))
    added = first + place[split, None] * (second - first)
    middle = np.full(len(edges), -1)
    middle[split] = len(mesh.vertices_head_m) + np.arange(len(split))
    vertices = np.concatenate([mesh.vertices_head_m, added])
    found = [mesh.triangles[(middle[of_triangle] < 0).all(1)]]
    for count in (1, 2, 3):
        here = (middle[of_triangle] >= 0).sum(1) == count
        corners, middles = _turn(mesh.triangles[here], middle[of_triangle[here]], count)
        found += _divide(corners, middles, count, vertices)
    return FaceMesh(vertices, np.concatenate(found))


def _turn(
    corners: Int[np.ndarray, "T 3"], middles: Int[np.ndarray, "T 3"], count: int
) -> tuple[Int[np.ndarray, "T 3"], Int[np.ndarray, "T 3"]]:
    """Turn triangles until, of their edges, the first is split, or the last is the only whole one."""
    if count == 3 or not len(corners):
        return corners, middles
    turn = (middles >= 0).argmax(1) if count == 1 else ((middles < 0).argmax(1) + 1) % 3
    columns = (turn[:, None] + np.arange(3)) % 3
    return np.take_along_axis(corners, columns, 1), np.take_along_axis(middles, columns, 1)


def _divide(
    corners: Int[np.ndarray, "T 3"], middles: Int[np.ndarray, "T 3"], count: int, vertices: Float[np.ndarray, "V 3"]
) -> list[Int[np.ndarray, "U 3"]]:
    a, b, c = corners.T
    ab, bc, ca = middles.T
    if count == 1:
        return [np.stack([a, ab, c], 1), np.stack([ab, b, c], 1)]
    if count == 3:
        return [np.stack(t, 1) for t in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))]
    tip = np.stack([ab, b, bc], 1)
    short = np.linalg.norm(vertices[a] - vertices[bc], axis=1) < np.linalg.norm(vertices[ab] - vertices[c], axis=1)
    one = np.where(short[:, None], np.stack([a, ab, bc], 1), np.stack([a, ab, c], 1))
    other = np.where(short[:, None], np.stack([a, bc, c], 1), np.stack([ab, bc, c], 1))
    return [tip, one, other]


def refine(
    mesh: FaceMesh, edge_m: float, chosen: Callable[[Float[np.ndarray, "E 3"]], Bool[np.ndarray, " E"]]
) -> FaceMesh:
    """Return the mesh with all edges halved that are longer than `edge_m` and whose middle is `chosen`, repeatedly.

    Thin triangles at the border of what is chosen may keep a longer edge.
    """
    for _ in range(MAX_ROUNDS):
        edges, of_triangle = find_edges(mesh.triangles)
        ends = mesh.vertices_head_m[edges]
        long = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1) > edge_m
        long[long] = chosen(ends[long].mean(1))
        if not long.any():
            break
        mesh = split_edges(mesh, edges, of_triangle, np.where(long, 0.5, np.nan))
    return mesh


def split_at_zero(
    mesh: FaceMesh,
    function: Callable[[Float[np.ndarray, "N 3"]], Float[np.ndarray, " N"]],
    chosen: Callable[[Float[np.ndarray, "E 3"]], Bool[np.ndarray, " E"]],
) -> tuple[FaceMesh, Bool[np.ndarray, " V"]]:
    """Return the mesh with its edges split where a continuous function of places is zero, and which vertices are there.

    `chosen` tells of the middles of edges which may be split. Vertices very near to a zero on one of their edges are
    moved to it instead.
    """
    edges, of_triangle = find_edges(mesh.triangles)
    ends = mesh.vertices_head_m[edges]
    candidates = np.flatnonzero(chosen(ends.mean(1)))
    low, high = ends[candidates, 0], ends[candidates, 1]
    at_low, at_high = function(low), function(high)
    crossing = (at_low > 0) != (at_high > 0)
    candidates, low, high, at_low = candidates[crossing], low[crossing], high[crossing], at_low[crossing]
    start, end = np.zeros(len(candidates)), np.ones(len(candidates))
    for _ in range(ROOT_STEPS):
        middle = (start + end) / 2
        same = (function(low + middle[:, None] * (high - low)) > 0) == (at_low > 0)
        start, end = np.where(same, middle, start), np.where(same, end, middle)
    share = (start + end) / 2
    vertices = mesh.vertices_head_m.copy()
    on_zero = np.zeros(len(vertices), bool)
    for end_index, near in ((0, share < NEAR_END), (1, share > 1 - NEAR_END)):
        moved = edges[candidates[near], end_index]
        vertices[moved] = (low + share[:, None] * (high - low))[near]
        on_zero[moved] = True
    place = np.full(len(edges), np.nan)
    apart = ~on_zero[edges[candidates]].any(1)
    place[candidates[apart]] = share[apart]
    found = split_edges(FaceMesh(vertices, mesh.triangles), edges, of_triangle, place)
    return found, np.concatenate([on_zero, np.ones(int(np.isfinite(place).sum()), bool)])
