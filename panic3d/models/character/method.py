"""`panic3d-character`: the character of the generator that a portrait shows, fitted to it."""

from dataclasses import replace
from pathlib import Path

import torch

from panic3d.cameras.compositing import premultiply
from panic3d.datagen.synth.draws.draw import draw_params, make_random_generator
from panic3d.datagen.synth.fields.catalogue import FIELDS
from panic3d.datagen.synth.hair.styles import BACKS
from panic3d.datagen.synth.params import CharacterParams
from panic3d.models.character.beliefs import Beliefs, read_beliefs
from panic3d.models.character.codes import FieldCodes
from panic3d.models.character.fitting.candidate import build_candidate, recognise_pose
from panic3d.models.character.fitting.completion import complete_character
from panic3d.models.character.fitting.evidence import collect_evidence
from panic3d.models.character.fitting.reconstruction import CharacterReconstruction
from panic3d.models.character.fitting.search import CharacterSearch, SearchConfig
from panic3d.models.character.hints.back_hair import restrict_back_hair
from panic3d.models.character.hints.hidden_items import drop_doubtful_items
from panic3d.models.character.hints.likeliest import list_likeliest
from panic3d.models.character.hints.styles import apply_styles, read_styles
from panic3d.models.character.network import CharacterNetwork, CharacterNetworkConfig
from panic3d.models.engine.checkpoint import load_network
from panic3d.models.method import Portrait
from panic3d.models.portrait.canonical import find_faces
from panic3d.models.portrait.faces.face import choose_face
from panic3d.models.portrait.faces.landmark_detector import load_face_detector
from panic3d.registry import find_entry, find_weights
from panic3d.runtime.threads import limit_blas_threads

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

    @limit_blas_threads()
    def reconstruct(self, portrait: Portrait) -> CharacterReconstruction:
        portrait = detect_landmarks(portrait)
        evidence = collect_evidence(portrait)
        fixed = read_styles(dict(portrait.styles))
        if portrait.character is not None:
            params = apply_styles(portrait.character, fixed)
            evidence = recognise_pose(build_candidate(params, 0, evidence, draft=True), evidence)
            return complete_character(build_candidate(params, 0, evidence), portrait, evidence)
        beliefs = self.predict(portrait)
        search = CharacterSearch(self.codes, beliefs, _draw_base(), evidence, self.search, fixed)
        return complete_character(search.run(), portrait, search.evidence, list_likeliest(beliefs, self.codes))

    def predict(self, portrait: Portrait) -> Beliefs:
        """Return what the network and the user's hint about the back say about the character."""
        picture = torch.from_numpy(premultiply(portrait.line_free)).permute(2, 0, 1)[None]
        with torch.no_grad():
            prediction = self.network(picture.to(self.device))
        found = read_beliefs(type(prediction)(*(part.float().cpu() for part in prediction)), self.codes)
        beliefs = drop_doubtful_items(found, self.codes)
        if portrait.back_hair is not None:
            beliefs = restrict_back_hair(beliefs, self.codes, BACKS, portrait.back_hair)
        return beliefs


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
