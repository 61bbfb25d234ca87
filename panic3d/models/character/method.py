"""`panic3d-character`: the character of the generator that a portrait shows, fitted to it."""

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from panic3d.cameras.axes import IMAGE_SIZE, MASK_ALPHA
from panic3d.cameras.compositing import premultiply
from panic3d.cameras.resampling import average_blocks
from panic3d.cameras.rigs import make_view_camera
from panic3d.datagen.synth.draws.draw import draw_params, make_random_generator
from panic3d.datagen.synth.fields.catalogue import FIELDS
from panic3d.datagen.synth.hair.styles import BACKS
from panic3d.datagen.synth.params import CharacterParams
from panic3d.geometry.textured_raycast import TexturedScene
from panic3d.models.character.codes import FieldCodes
from panic3d.models.character.fitting.candidate import Candidate
from panic3d.models.character.fitting.carving import carve_outside
from panic3d.models.character.fitting.colours import transfer_colours
from panic3d.models.character.fitting.deform import deform_to_portrait
from panic3d.models.character.fitting.evidence import COMPARED_SIZE, OUTLINE_SIZE, PortraitEvidence, collect_evidence
from panic3d.models.character.fitting.hair import deform_hair
from panic3d.models.character.fitting.hints import restrict_back_hair
from panic3d.models.character.fitting.objective import SKIN, compare_front, group_parts
from panic3d.models.character.fitting.projection import PictureProjection, project_from_behind
from panic3d.models.character.fitting.reconstruction import CharacterReconstruction
from panic3d.models.character.fitting.regions import find_painted_regions
from panic3d.models.character.fitting.reliefs import fill_missing
from panic3d.models.character.fitting.search import CharacterSearch, SearchConfig, read_beliefs
from panic3d.models.character.fitting.skin import measure_skin
from panic3d.models.character.fitting.strands import lift_strands
from panic3d.models.character.network import CharacterNetwork, CharacterNetworkConfig
from panic3d.models.engine.checkpoint import load_network
from panic3d.models.method import Portrait
from panic3d.models.portrait.canonical import find_faces
from panic3d.models.portrait.faces.face import choose_face
from panic3d.models.portrait.faces.landmark_detector import load_face_detector
from panic3d.models.reconstructor.geometry.stitch import FrontPicture
from panic3d.registry import find_entry, find_weights

logger = logging.getLogger(__name__)

MIN_IOU = 0.85
"""Intersection over union of the outlines below which a fit is doubtful."""
FRONT = make_view_camera("front")
CHIN = 2
"""Its landmark."""
BASE_SEED = 0
"""Seed of the character whose values hold where the network predicts nothing."""


class CharacterMethod:
    """Predicts a character, searches near it, deforms it to the portrait, and puts the portrait's colours on it."""

    def __init__(self, network: CharacterNetwork, search: SearchConfig) -> None:
        """Raises UserError where the network predicts values that this generator does not have."""
        self.network, self.search = network, search
        self.codes = FieldCodes(network.config.outputs, FIELDS)
        self.device = torch.device("cpu")

    def to(self, device: str) -> None:
        """Move the network to a device; the search stays on the CPU."""
        self.device = torch.device(device)
        self.network.to(self.device)

    def reconstruct(self, portrait: Portrait) -> CharacterReconstruction:
        portrait = detect_landmarks(portrait)
        evidence = collect_evidence(portrait)
        return complete_character(self.predict(portrait, evidence), portrait, evidence)

    def predict(self, portrait: Portrait, evidence: PortraitEvidence) -> Candidate:
        """Return the character that fits the portrait best, not yet deformed."""
        picture = torch.from_numpy(premultiply(portrait.line_free)).permute(2, 0, 1)[None]
        with torch.no_grad():
            prediction = self.network(picture.to(self.device))
        beliefs = read_beliefs(type(prediction)(*(part.float().cpu() for part in prediction)), self.codes)
        if portrait.back_hair is not None:
            beliefs = restrict_back_hair(beliefs, self.codes, BACKS, portrait.back_hair)
        return CharacterSearch(self.codes, beliefs, _draw_base(), evidence, self.search).run()


def complete_character(candidate: Candidate, portrait: Portrait, evidence: PortraitEvidence) -> CharacterReconstruction:
    """Deform a character to the portrait and put the portrait's colours on it."""
    mesh, landmarks = deform_to_portrait(candidate.mesh, candidate.landmarks_head_m, evidence)
    scene = TexturedScene(mesh)
    match = compare_front(evidence, scene.render_parts(FRONT, COMPARED_SIZE), landmarks)
    logger.info("the character's outline agrees with the portrait's in %.0f%%", 100 * match.iou)
    if match.iou < MIN_IOU:
        logger.warning(
            "the outline of the fitted character agrees with the portrait's in %.0f%% only: it shows something "
            "that the generator lacks, and another method may give a better head",
            100 * match.iou,
        )
    mask = average_blocks(portrait.line_free[..., 3] / np.float32(255), IMAGE_SIZE // OUTLINE_SIZE) >= MASK_ALPHA
    mesh = fill_missing(carve_outside(mesh, mask), mask, portrait.line_free)
    scene = TexturedScene(mesh)
    regions = find_painted_regions(portrait, scene.render_parts(FRONT, OUTLINE_SIZE))
    skin = measure_skin(mesh)
    if regions is not None and skin is not None:
        mesh = deform_hair(mesh, regions, skin)
        is_skin = group_parts(TexturedScene(mesh).render_parts(FRONT, OUTLINE_SIZE)) == SKIN
        mesh = lift_strands(mesh, regions, skin, is_skin, chin_y_m=float(landmarks[CHIN, 1]), rgba=portrait.line_free)
        scene = TexturedScene(mesh)
    coloured = transfer_colours(mesh, scene, portrait.line_free)
    pictures = [PictureProjection(FrontPicture(portrait.line_free))]
    if portrait.back is not None:
        pictures.append(project_from_behind(portrait.back, scene))
    return CharacterReconstruction(coloured, pictures)


def detect_landmarks(portrait: Portrait) -> Portrait:
    """Return a portrait with the landmarks of its face, detected if it has none; it may be that there is no face."""
    if portrait.landmarks_px is not None:
        return portrait
    faces = find_faces(portrait.line_free, load_face_detector())
    return replace(portrait, landmarks_px=choose_face(faces, None).landmarks_px) if faces else portrait


def _draw_base() -> CharacterParams:
    """Draw the character whose values hold where nothing is predicted; its hair has one colour, which is measured."""
    params = draw_params(make_random_generator(BASE_SEED, 0, "train2"), "train2")
    colour = params.hair.colour
    one = replace(colour, tip=colour.base, second=colour.base)
    return replace(params, hair=replace(params.hair, colour=one))


def load(weights: Path | None) -> CharacterMethod:
    """Load the method with the weights of a file or run folder, or with those shipped."""
    return CharacterMethod(load_character_network(weights), SearchConfig())


def load_character_network(weights: Path | None) -> CharacterNetwork:
    """Load the network of a weights file or run folder, or the shipped one."""
    path = find_weights(find_entry("panic3d-character", "method"), weights)
    return load_network(path, "character", CharacterNetworkConfig, CharacterNetwork)
