"""Triangle meshes whose vertices are joined by place, and their connected pieces."""

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

MERGED_DECIMALS = 6
"""Vertices that agree in so many decimals of a metre are one."""


def label_pieces(triangles: Int[np.ndarray, "T 3"], vertex_count: int) -> Int[np.ndarray, " V"]:
    """Return the number of the connected piece of each vertex; vertices without a triangle are pieces of their own."""
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]]])
    graph = coo_array((np.ones(len(edges), bool), edges.T), (vertex_count, vertex_count))
    label: Int[np.ndarray, " V"] = connected_components(graph, directed=False)[1]
    return label


def label_pieces_by_place(
    vertices: Float[np.ndarray, "V 3"], triangles: Int[np.ndarray, "T 3"]
) -> Int[np.ndarray, " V"]:
    """Return the number of the connected piece of each vertex; vertices at one place are one."""
    _, place = np.unique(vertices.astype(float).round(MERGED_DECIMALS), axis=0, return_inverse=True)
    place = place.reshape(-1)
    label: Int[np.ndarray, " V"] = label_pieces(place[triangles], int(place.max(initial=-1)) + 1)[place]
    return label


def weld(
    vertices: Float[np.ndarray, "V 3"], triangles: Int[np.ndarray, "T 3"]
) -> tuple[Float[np.ndarray, "W 3"], Int[np.ndarray, "U 3"]]:
    """Return the used vertices, each place once, and the triangles that keep three different corners."""
    corners = vertices[triangles].reshape(-1, 3).astype(float)
    places, index = np.unique(corners.round(MERGED_DECIMALS), axis=0, return_inverse=True)
    joined = index.reshape(-1, 3)
    whole = (joined != np.roll(joined, 1, axis=1)).all(1)
    return places, joined[whole]
