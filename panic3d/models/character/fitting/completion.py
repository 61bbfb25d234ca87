"""From a character that resembles the portrait to the portrait's head: shape, then colours."""

import logging
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from jaxtyping import Float

from panic3d.cameras.axes import MASK_ALPHA
from panic3d.cameras.projected_picture import ProjectedPicture
from panic3d.cameras.rigs import make_view_camera
from panic3d.geometry.textured_mesh import TexturedMesh
from panic3d.geometry.textured_raycast import TexturedScene
from panic3d.models.character.fitting.candidate import Candidate
from panic3d.models.character.fitting.colours import transfer_colours
from panic3d.models.character.fitting.evidence import COMPARED_SIZE, OUTLINE_SIZE, PortraitEvidence
from panic3d.models.character.fitting.fitted import FittedCharacter
from panic3d.models.character.fitting.monochrome import match_monochrome
from panic3d.models.character.fitting.objective import SKIN, compare_front, group_parts
from panic3d.models.character.fitting.projection import PictureProjection, project_from_behind
from panic3d.models.character.fitting.reconstruction import CharacterReconstruction
from panic3d.models.character.fitting.shape.carving import carve_outside
from panic3d.models.character.fitting.shape.deform import deform_to_portrait
from panic3d.models.character.fitting.shape.hair import deform_hair
from panic3d.models.character.fitting.shape.regions import find_painted_regions
from panic3d.models.character.fitting.shape.reliefs import fill_missing
from panic3d.models.character.fitting.shape.skin import measure_skin
from panic3d.models.character.fitting.shape.strands import lift_strands
from panic3d.models.method import Portrait

logger = logging.getLogger(__name__)

FRONT = make_view_camera("front")
CHIN = 2
"""Its landmark."""


def complete_character(
    candidate: Candidate,
    portrait: Portrait,
    evidence: PortraitEvidence,
    likeliest: Mapping[str, list[tuple[str, float]]] = MappingProxyType({}),
) -> CharacterReconstruction:
    """Give a character the portrait's shape and colours; those of a picture from behind, too, if there is one.

    `likeliest`: see `FittedCharacter`.
    """
    mesh, landmarks = deform_to_portrait(candidate.mesh, candidate.landmarks_head_m, evidence)
    match = compare_front(evidence, TexturedScene(mesh).render_parts(FRONT, COMPARED_SIZE), landmarks)
    fitted = FittedCharacter(
        candidate.params,
        candidate.locks,
        mesh.vertices_head_m,
        landmarks,
        evidence.landmarks_head_m,
        dict(likeliest),
        candidate.turn,
    )
    logger.info("the character's outline agrees with the portrait's in %.0f%%", 100 * match.iou)
    mesh = match_monochrome(fit_parts(mesh, landmarks, portrait, evidence), portrait.line_free)
    scene = TexturedScene(mesh)
    pictures = [PictureProjection(ProjectedPicture(portrait.line_free))]
    if portrait.back is not None:
        pictures.append(project_from_behind(portrait.back, scene))
    coloured = transfer_colours(mesh, scene, portrait.line_free)
    return CharacterReconstruction(coloured, pictures, match.iou, fitted, candidate.turn)


def fit_parts(
    mesh: TexturedMesh, landmarks_head_m: Float[np.ndarray, "28 3"], portrait: Portrait, evidence: PortraitEvidence
) -> TexturedMesh:
    """Return a deformed character in the portrait's outline, with its front hair where the portrait shows hair."""
    mask = portrait.line_free[..., 3] >= MASK_ALPHA * 255
    mesh = fill_missing(carve_outside(mesh, mask), mask, portrait.line_free)
    regions = find_painted_regions(portrait, TexturedScene(mesh).render_parts(FRONT, OUTLINE_SIZE))
    skin = measure_skin(mesh)
    if regions is None or skin is None:
        return mesh
    mesh = deform_hair(mesh, regions, skin)
    is_skin = group_parts(TexturedScene(mesh).render_parts(FRONT, OUTLINE_SIZE)) == SKIN
    return lift_strands(mesh, regions, skin, is_skin, float(landmarks_head_m[CHIN, 1]), portrait.line_free)
