"""How whole a mesh is: its pieces, holes, handles, and edges with more than two triangles.

Vertices are joined by place first, because files have a vertex more than once where textures or normals change.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from panic3d.benchmark.metrics.surface import TriangleSurface
from panic3d.geometry.pieces import label_pieces, weld

FLAT_DISC = 4 * math.pi
"""Square of the outline's length by area of a flat disc. No flat piece has less (the isoperimetric inequality)."""


@dataclass(frozen=True)
class MeshTopology:
    """Counts of a mesh; all are 0 for an empty one."""

    components: int
    """Pieces that hang together by vertices."""
    holes: int
    """Closed chains of edges with one triangle, without the outlines of sheets.

    A sheet is a piece whose open edges are as long, for its area, as those of a flat piece at least, such as a lock of
    hair.
    """
    genus: float
    """Handles of all pieces; a piece that has one side only counts half its cross-caps."""
    nonmanifold_edges: int
    """Edges with more than two triangles."""


def measure_topology(surface: TriangleSurface) -> MeshTopology:
    """Measure a mesh after joining its vertices by place; triangles with two equal corners are left out.

    Handles and holes are those of the mesh cut open at edges with more than two triangles and at vertices where its
    triangles touch in a point alone, after which it is a manifold (Guéziec et al., Cutting and Stitching, IEEE TVCG
    7(2), 2001).
    """
    vertices, triangles = weld(surface.vertices_m, surface.triangles)
    if len(triangles) == 0:
        return MeshTopology(0, 0, 0.0, 0)
    ends = _list_edges(triangles)
    _, edge, counts = np.unique(np.sort(ends, axis=1), axis=0, return_inverse=True, return_counts=True)
    uses = counts[edge.reshape(-1)]
    fans = _cut_open(triangles, edge.reshape(-1), counts)
    fan_count = int(fans.max()) + 1
    is_open = uses != 2
    chain = _label_chains(_list_edges(fans)[is_open], fan_count)
    chain_count = int(chain.max(initial=-1)) + 1
    piece = _renumber(label_pieces(triangles, len(vertices))[triangles[:, 0]])
    sheet = _find_sheets(vertices, triangles, piece, ends, uses == 1)
    chain_piece = np.zeros(chain_count, np.int64)
    chain_piece[chain] = np.repeat(piece, 3)[is_open]
    is_cut = np.bincount(chain, uses[is_open] != 1, minlength=chain_count) > 0
    euler = fan_count - ((counts == 2).sum() + is_open.sum()) + len(triangles)
    cut_pieces = int(label_pieces(fans, fan_count).max()) + 1
    return MeshTopology(
        components=int(piece.max()) + 1,
        holes=int((~is_cut & ~sheet[chain_piece]).sum()),
        genus=float(cut_pieces - (euler + chain_count) / 2),
        nonmanifold_edges=int((counts > 2).sum()),
    )


def _list_edges(triangles: Int[np.ndarray, "T 3"]) -> Int[np.ndarray, "3*T 2"]:
    """Return the first and the last vertex of the edge that begins at each corner."""
    found: Int[np.ndarray, "3*T 2"] = np.stack([triangles, np.roll(triangles, -1, axis=1)], axis=2).reshape(-1, 2)
    return found


def _renumber(label: Int[np.ndarray, " N"]) -> Int[np.ndarray, " N"]:
    """Return labels counted from 0 without gaps."""
    return np.unique(label, return_inverse=True)[1].reshape(-1)


def _cut_open(
    triangles: Int[np.ndarray, "T 3"], edge: Int[np.ndarray, " C"], counts: Int[np.ndarray, " E"]
) -> Int[np.ndarray, "T 3"]:
    """Return the triangles with vertices of their own, except along edges that two of them share.

    `edge` is the edge that begins at each of the C = 3 T corners, `counts` the number of triangles of each edge.
    """
    order = np.argsort(edge, kind="stable")
    first = (np.cumsum(counts) - counts)[counts == 2]
    one, other = order[first], order[first + 1]
    corner = np.arange(len(edge))
    after = corner - corner % 3 + (corner + 1) % 3
    vertex = triangles.ravel()
    is_same_way = vertex[one] == vertex[other]
    begins, ends = np.where(is_same_way, (other, after[other]), (after[other], other))
    joined = np.concatenate([np.stack([one, begins], axis=1), np.stack([after[one], ends], axis=1)])
    graph = coo_array((np.ones(len(joined), bool), joined.T), (len(edge), len(edge)))
    found: Int[np.ndarray, "T 3"] = connected_components(graph, directed=False)[1].reshape(-1, 3)
    return found


def _label_chains(ends: Int[np.ndarray, "B 2"], vertex_count: int) -> Int[np.ndarray, " B"]:
    """Return the number of the closed chain that each open edge belongs to."""
    graph = coo_array((np.ones(len(ends), bool), ends.T), (vertex_count, vertex_count))
    return _renumber(connected_components(graph, directed=False)[1][ends[:, 0]])


def _find_sheets(
    vertices: Float[np.ndarray, "V 3"],
    triangles: Int[np.ndarray, "T 3"],
    piece: Int[np.ndarray, " T"],
    ends: Int[np.ndarray, "3*T 2"],
    is_single: Bool[np.ndarray, " C"],
) -> Bool[np.ndarray, " P"]:
    """Return which pieces are sheets, by the length of their edges with one triangle."""
    lengths = np.linalg.norm(vertices[ends[:, 0]] - vertices[ends[:, 1]], axis=1)
    outlines = np.bincount(np.repeat(piece, 3), lengths * is_single)
    found: Bool[np.ndarray, " P"] = outlines**2 >= FLAT_DISC * np.bincount(
        piece, TriangleSurface(vertices, triangles).areas_m2
    )
    return found & (outlines > 0)
