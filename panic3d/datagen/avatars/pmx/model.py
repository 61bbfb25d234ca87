"""The contents of a PMX file that a character at rest needs."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

BDEF1, BDEF2, BDEF4, SDEF, QDEF = range(5)
"""The kinds of deformation of a vertex, by their number in the file."""


@dataclass(frozen=True)
class PmxMaterial:
    """One material as the file stores it."""

    name: str
    diffuse: tuple[float, float, float, float]
    """sRGB-encoded colour with straight alpha."""
    double_sided: bool
    vertex_coloured: bool
    """PMX 2.1: the first additional vector of a vertex is its colour."""
    lines: bool
    """PMX 2.1: drawn as points or lines, not as triangles."""
    texture: int
    """Index among the textures; -1 for none."""
    corners: int
    """The number of triangle corners that it covers; materials cover the corners in order."""


@dataclass(frozen=True)
class PmxBone:
    """One bone as the file stores it; positions are in the unit of the file."""

    name: str
    english_name: str
    position: tuple[float, float, float]
    parent: int
    rotation_source: int
    """The bone whose rotation it follows in part (付与親); -1 for none."""
    rotation_share: float
    """The share of that bone's rotation."""


@dataclass(frozen=True)
class PmxVertices:
    """All vertices of a model; positions are in the unit of the file."""

    positions: Float[np.ndarray, "V 3"]
    uv: Float[np.ndarray, "V 2"]
    colours: Float[np.ndarray, "V 4"]
    """The first additional vector; ones where the file has none."""
    deform: Int[np.ndarray, "V"]
    """The kind of deformation: BDEF1, BDEF2, BDEF4, SDEF or QDEF."""
    bone_of: Int[np.ndarray, "V 4"]
    weights: Float[np.ndarray, "V 4"]
    sdef: Float[np.ndarray, "V 3 3"]
    """The vectors C, R0 and R1 of SDEF vertices; zeros for the others."""


@dataclass(frozen=True)
class PmxModel:
    """A model as the file stores it: left-handed, facing -z, with a unit of 0.08 m.

    Corners of triangles are in clockwise order seen from the front.
    """

    name: str
    english_name: str
    comment: str
    vertices: PmxVertices
    triangles: Int[np.ndarray, "T 3"]
    textures: list[str]
    materials: list[PmxMaterial]
    bones: list[PmxBone]
