"""Fewer triangles: quadric simplification of the parts of an avatar, within a budget for all of them."""

import numpy as np

from panic3d.avatar.parts.sources import SourcePart
from panic3d.geometry.mesh import compute_vertex_normals
from panic3d.geometry.pieces import weld

SHARES = {"Hair": 0.52, "Cloth": 0.26, "Body": 0.10, "Accessory": 0.12}
"""Shares of the budget; what a part does not need goes to the others."""
EDGING_M = 0.002
"""Width of the strips along open edges."""
AGGRESSIONS = (1, 2, 3, 4, 5, 6)
"""How fast the allowed error grows, of at most 10; more is tried while there are too many triangles.

With the usual 7 from the start thin sheets get holes.
"""
TOLERANCE = 1.1
"""Share of the wanted triangles that there may be."""
MIN_BUDGET = 1000
"""Triangles that parts have at least, whatever the face needs."""
HEAD_TRIANGLES = 2400
"""Of the skin of the head before its face is made finer."""


def simplify_parts(parts: list[SourcePart], budget: int) -> list[SourcePart]:
    """Return parts beside the skin of the head with at most about `budget` triangles in all."""
    counts = {name: sum(len(p.triangles) for p in parts if p.name == name) for name in SHARES}
    wanted = distribute(max(budget, MIN_BUDGET), counts)
    # Reliefs of pixels have many more triangles than they need.
    weights = {name: sum(len(p.triangles) ** 0.5 for p in parts if p.name == name) for name in SHARES}
    return [simplify(p, round(wanted[p.name] * len(p.triangles) ** 0.5 / weights[p.name])) for p in parts]


def simplify_head(skin: SourcePart) -> SourcePart:
    """Return the skin of a head with `HEAD_TRIANGLES`."""
    return simplify(skin, HEAD_TRIANGLES)


def distribute(budget: int, counts: dict[str, int]) -> dict[str, float]:
    """Share a budget out by `SHARES`; none gets more than its count."""
    given: dict[str, float] = {}
    open_names = [name for name, count in counts.items() if count]
    left = float(budget)
    while open_names:
        total = sum(SHARES[name] for name in open_names)
        full = [name for name in open_names if left * SHARES[name] / total >= counts[name]]
        if not full:
            return given | {name: left * SHARES[name] / total for name in open_names}
        for name in full:
            given[name] = float(counts[name])
            open_names.remove(name)
        left = budget - sum(given.values())
    return given


def simplify(part: SourcePart, count: int) -> SourcePart:
    """Return a part with at most about `count` triangles."""
    if len(part.triangles) <= count:
        return part
    import fast_simplification

    edged = add_edging(part)
    vertices, triangles = edged.vertices_head_m.astype(np.float32), edged.triangles.astype(np.int32)
    for aggression in AGGRESSIONS:
        vertices, triangles = fast_simplification.simplify(vertices, triangles, target_count=count, agg=aggression)
        if len(triangles) <= TOLERANCE * count:
            break
    return SourcePart(part.name, part.material, *weld(vertices, triangles))


def add_edging(part: SourcePart) -> SourcePart:
    """Return a part with a narrow strip along every open edge, at a right angle to the surface.

    Simplification moves edges of flat sheets freely, as that does not move the surface; strips hold them in place.
    """
    triangles, count = part.triangles, len(part.vertices_head_m)
    directed = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    _, index, uses = np.unique(np.sort(directed, axis=1), axis=0, return_index=True, return_counts=True)
    first, second = directed[index[uses == 1]].T
    rim = np.unique([first, second])
    copy = np.full(count, -1)
    copy[rim] = count + np.arange(len(rim))
    normals = compute_vertex_normals(part.vertices_head_m, triangles)
    strip = np.concatenate(
        [np.stack([second, first, copy[first]], axis=1), np.stack([second, copy[first], copy[second]], axis=1)]
    )
    return SourcePart(
        part.name,
        part.material,
        np.concatenate([part.vertices_head_m, part.vertices_head_m[rim] - EDGING_M * normals[rim]]),
        np.concatenate([triangles, strip]),
    )
