"""One character that may be the portrait's: its parameters, its shape, and how well it matches."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from panic3d.cameras.rigs import make_view_camera
from panic3d.datagen.synth.generate import build_character
from panic3d.datagen.synth.params import CharacterParams
from panic3d.geometry.textured_mesh import TexturedMesh
from panic3d.geometry.textured_raycast import TexturedScene
from panic3d.models.character.fitting.evidence import COMPARED_SIZE, PortraitEvidence
from panic3d.models.character.fitting.head_turn import UNTURNED, HeadTurn, estimate_head_pose
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
    """In the portrait's frame, as the mesh."""
    match: Match
    turn: HeadTurn = UNTURNED
    """From the character that faces the front to the portrait's frame."""


def build_candidate(params: CharacterParams, locks: int, evidence: PortraitEvidence, draft: bool = False) -> Candidate:
    """Build a character, turn and align it by its landmarks, and compare its front view with the portrait.

    `draft`: see `build_character`; the comparison does not need the colours.
    """
    character, landmarks = build_character(params, np.random.Generator(np.random.PCG64(locks)), "", draft=draft)
    mesh, landmarks, turn = align_by_landmarks(make_textured_mesh(character), landmarks, evidence)
    part = TexturedScene(mesh).render_parts(make_view_camera("front"), COMPARED_SIZE)
    return Candidate(params, locks, mesh, landmarks, compare_front(evidence, part, landmarks), turn)


def recognise_pose(candidate: Candidate, evidence: PortraitEvidence) -> PortraitEvidence:
    """Return the evidence with the pose of the head, by the landmarks of a character that faces the front."""
    if evidence.landmarks_head_m is None or evidence.pose is not None:
        return evidence
    return replace(evidence, pose=estimate_head_pose(candidate.landmarks_head_m, evidence.landmarks_head_m))
