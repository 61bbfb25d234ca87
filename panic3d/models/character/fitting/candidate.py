"""One character that may be the portrait's: its parameters, its shape, and how well it matches."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from panic3d.cameras.rigs import make_view_camera
from panic3d.datagen.synth.generate import build_character
from panic3d.datagen.synth.params import CharacterParams
from panic3d.geometry.textured_mesh import TexturedMesh
from panic3d.geometry.textured_raycast import TexturedScene
from panic3d.models.character.fitting.evidence import COMPARED_SIZE, PortraitEvidence
from panic3d.models.character.fitting.objective import Match, compare_front
from panic3d.models.character.fitting.shape.alignment import align_by_landmarks
from panic3d.models.character.fitting.surface import make_textured_mesh


@dataclass(frozen=True)
class Candidate:
    """A character that was compared with the portrait."""

    params: CharacterParams
    locks: int
    """Seed of the places of its locks of hair."""
    mesh: TexturedMesh
    landmarks_head_m: Float[np.ndarray, "28 3"]
    match: Match


def build_candidate(params: CharacterParams, locks: int, evidence: PortraitEvidence, draft: bool = False) -> Candidate:
    """Build a character, align it by its landmarks, and compare its front view with the portrait.

    `draft`: see `build_character`; the comparison does not need the colours.
    """
    character, landmarks = build_character(params, np.random.Generator(np.random.PCG64(locks)), "", draft=draft)
    mesh, landmarks = align_by_landmarks(make_textured_mesh(character), landmarks, evidence)
    part = TexturedScene(mesh).render_parts(make_view_camera("front"), COMPARED_SIZE)
    return Candidate(params, locks, mesh, landmarks, compare_front(evidence, part, landmarks))
