"""Connected pieces are those of trimesh."""

import numpy as np
import trimesh

from panic3d.geometry.pieces import label_pieces


def test_pieces_are_those_of_trimesh() -> None:
    balls = [trimesh.creation.icosphere(1, 0.1).apply_translation([x, 0, 0]) for x in (0.0, 1.0, 2.0)]
    joined = trimesh.util.concatenate(balls)
    label = label_pieces(np.asarray(joined.faces), len(joined.vertices) + 1)
    theirs = trimesh.graph.connected_components(joined.edges, nodes=np.arange(len(joined.vertices)))
    assert {frozenset(np.flatnonzero(label[:-1] == piece)) for piece in np.unique(label[:-1])} == set(
        map(frozenset, theirs)
    )
    assert (label == label[-1]).sum() == 1, "a vertex without a triangle"
