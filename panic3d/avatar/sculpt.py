"""Avatars of heads that are one surface: with few triangles, a texture, bones, and a face that moves."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from panic3d.avatar.assembly import assemble, build_face, paint
from panic3d.avatar.config import AvatarConfig
from panic3d.avatar.face.splitting import FaceMesh
from panic3d.avatar.face.surface import measure_front
from panic3d.avatar.parts.simplify import simplify
from panic3d.avatar.parts.sources import SourcePart
from panic3d.avatar.texture.portrait_picture import sample_portrait
from panic3d.cameras.axes import BOX_SIDE_M, IMAGE_SIZE
from panic3d.cameras.projected_picture import ProjectedPicture
from panic3d.datagen.interpolation import smoothstep
from panic3d.datagen.synth.vrm.model import VrmCharacter
from panic3d.datagen.synth.vrm.skeleton import build_humanoid_skeleton
from panic3d.geometry.mesh import ColouredMesh
from panic3d.geometry.pieces import label_pieces, weld
from panic3d.geometry.textured_mesh import TexturedMesh, TextureMaterial
from panic3d.models.character.fitting.projection import PictureProjection
from panic3d.models.character.fitting.reconstruction import CharacterReconstruction
from panic3d.models.portrait.canonical import PortraitStages
from panic3d.runtime.errors import UserError

MIN_PIECE_SHARE = 0.001
"""Pieces with less than this share of the triangles float about the head, and are left out."""
NECK_M = (0.05, 0.03)
"""How far below and above the chin the skin follows the neck and the chest instead of the head."""
SHARE_FOR_HEAD = 0.8
"""Share of the triangles that the surface has before its face is made finer."""
CHIN = 2
SKIN = "FaceSkin"
"""The material that all of the surface has."""


def build_sculpt(mesh: ColouredMesh, stages: PortraitStages, name: str, config: AvatarConfig) -> VrmCharacter:
    """Make an avatar of a head's surface. Raises UserError where the portrait has no landmarks of a face."""
    features_px = stages.landmarks_px
    if features_px is None:
        raise UserError(f"{name}: without a face there is nothing of which an avatar could be made")
    source = _drop_floaters(mesh)
    textured = TexturedMesh(
        source.vertices_head_m,
        source.triangles,
        np.zeros((len(source.vertices_head_m), 2), np.float32),
        np.zeros(len(source.triangles), int),
        (TextureMaterial(SKIN, np.array([[[0, 0, 0, 255]]], np.uint8), part=1),),
        tint=source.colours / 255.0,
    )
    picture = sample_portrait(stages)
    reconstruction = CharacterReconstruction(textured, [PictureProjection(ProjectedPicture(picture))])
    count = round(SHARE_FOR_HEAD * config.triangles)
    skin = simplify(SourcePart("Face", SKIN, *weld(source.vertices_head_m, source.triangles)), count)
    features = (features_px - IMAGE_SIZE / 2) * [1, -1] * (BOX_SIDE_M / IMAGE_SIZE)
    simple = FaceMesh(skin.vertices_head_m, skin.triangles)
    landmarks = np.column_stack([features, measure_front(simple, features)])
    face = build_face(simple, SKIN, landmarks, features, stages.portrait)
    chin_y = float(features[CHIN, 1])
    front, *others = face.parts
    weights = _share_by_height(front.xyz_head_m, chin_y)
    parts = [replace(front, weights=weights), *others]
    parts, texture = paint(parts, reconstruction, face, picture, config.texture_px)
    return assemble(name, build_humanoid_skeleton(1.0, 1.0), parts, texture, stages.portrait, config)


def _drop_floaters(mesh: ColouredMesh) -> ColouredMesh:
    """Return the surface without small loose pieces."""
    label = label_pieces(mesh.triangles, len(mesh.vertices_head_m))[mesh.triangles[:, 0]]
    kept = np.bincount(label)[label] >= MIN_PIECE_SHARE * len(label)
    return ColouredMesh(mesh.vertices_head_m, mesh.triangles[kept], mesh.colours)


def _share_by_height(xyz_head_m: Float[np.ndarray, "V 3"], chin_y_m: float) -> dict[str, Float[np.ndarray, " V"]]:
    """Return the weights of head, neck and chest: all of what lies low follows the chest."""
    y = xyz_head_m[:, 1] - chin_y_m
    head = smoothstep(-NECK_M[0], -NECK_M[0] + NECK_M[1], y)
    chest = 1 - smoothstep(-2 * NECK_M[0], -NECK_M[0], y)
    return {"head": head, "neck": np.maximum(1 - head - chest, 0), "upperChest": chest * (1 - head)}
