"""The connected pieces of a triangle mesh."""

import numpy as np
from jaxtyping import Int
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def label_pieces(triangles: Int[np.ndarray, "T 3"], vertex_count: int) -> Int[np.ndarray, " V"]:
    """Return the number of the connected piece of each vertex; vertices without a triangle are pieces of their own."""
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]]])
    graph = coo_array((np.ones(len(edges), bool), edges.T), (vertex_count, vertex_count))
    label: Int[np.ndarray, " V"] = connected_components(graph, directed=False)[1]
    return label
