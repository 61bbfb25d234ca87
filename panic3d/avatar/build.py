"""From a fitted character to an avatar: parts, face, skeleton, texture."""

from dataclasses import replace

import numpy as np
from jaxtyping import UInt8

from panic3d.avatar.assembly import assemble, build_face, name_material, paint
from panic3d.avatar.config import AvatarConfig
from panic3d.avatar.face.splitting import FaceMesh
from panic3d.avatar.parts.accessory_springs import add_accessory_springs, can_swing
from panic3d.avatar.parts.chains import SwingingPart, fit_colliders
from panic3d.avatar.parts.simplify import simplify_head, simplify_parts
from panic3d.avatar.parts.sources import remove_painted_features, separate_materials
from panic3d.avatar.parts.springs import add_hair_springs
from panic3d.avatar.parts.template import RiggedTemplate
from panic3d.avatar.texture.portrait_picture import sample_portrait
from panic3d.cameras.projected_picture import ProjectedPicture
from panic3d.datagen.synth.meshes.mesh import MeshPart
from panic3d.datagen.synth.vrm.model import SpringChain, VrmCharacter
from panic3d.models.character.fitting.reconstruction import CharacterReconstruction
from panic3d.models.portrait.canonical import PortraitStages
from panic3d.runtime.errors import UserError
from panic3d.runtime.threads import limit_blas_threads

CHIN = 2
"""Its landmark."""


@limit_blas_threads()
def build_avatar(
    found: CharacterReconstruction, stages: PortraitStages, name: str, config: AvatarConfig
) -> VrmCharacter:
    """Make an avatar of a fitted character and the picture that it was fitted to.

    Raises UserError where the reconstruction does not say what it was fitted from.
    """
    if found.fitted is None:
        raise UserError(f"{name}: no character was fitted, of which an avatar could be made")
    fitted = found.fitted
    picture = sample_portrait(stages)
    source = _give_picture(found, picture)
    front_facing = fitted.face_front()
    template = RiggedTemplate(front_facing)
    separate = separate_materials(source.textured)
    skin = simplify_head(next(part for part in separate if part.name == "Face"))
    features = fitted.landmarks_head_m[:, :2] if fitted.features_head_m is None else fitted.features_head_m
    mesh = FaceMesh(skin.vertices_head_m, skin.triangles)
    face = build_face(mesh, skin.material, fitted.landmarks_head_m, features, stages.portrait)
    front = face.parts[0]
    weights = template.compute_weights("Face", fitted.turn.turn_back(front.xyz_head_m))
    parts = [replace(front, weights=weights), *face.parts[1:]]
    budget = config.triangles - sum(len(part.faces) for part in parts)
    for part in simplify_parts([part for part in separate if part.name != "Face"], budget):
        weights = template.compute_weights(part.name, fitted.turn.turn_back(part.vertices_head_m))
        uv = np.zeros((len(part.vertices_head_m), 2))
        parts.append(
            MeshPart(name_material(part.name, part.material), part.vertices_head_m, part.triangles, uv, weights)
        )
    parts, texture = paint(parts, source, face, picture, config.texture_px)
    skeleton = template.get_rest_skeleton()
    springs: tuple[SpringChain, ...] = ()
    raised = []
    for painted in parts:
        facing = painted.warp(fitted.turn.turn_back)
        moved = replace(facing, xyz_head_m=template.raise_arms(facing.xyz_head_m, facing.weights))
        swinging = SwingingPart(moved, skeleton)
        if painted.material == "Hair":
            swinging = add_hair_springs(moved, skeleton, float(front_facing.landmarks_head_m[CHIN, 1]))
        elif painted.material == "Accessory" and any(map(can_swing, fitted.params.accessories)):
            swinging = add_accessory_springs(moved, skeleton, template.find_accessories(moved.xyz_head_m))
        skeleton, springs = swinging.skeleton, springs + swinging.springs
        raised.append(swinging.part)
    colliders = fit_colliders(skeleton, springs)
    return assemble(name, skeleton, raised, texture, stages.portrait, config, springs, colliders)


def _give_picture(found: CharacterReconstruction, picture: UInt8[np.ndarray, "S S 4"]) -> CharacterReconstruction:
    """Return the head without painted features, with the portrait's own pixels in place of its line-free copy."""
    front = replace(found.pictures[0], picture=ProjectedPicture(picture))
    return CharacterReconstruction(
        remove_painted_features(found.textured), [front, *found.pictures[1:]], found.outline_iou, found.fitted
    )
