"""Run in a process of its own, with FILE PICTURE HEIGHT: import FILE into Blender, render it, print facts as JSON."""

import json
import math
import os
import sys
from typing import Any

import bpy

SIDE_M = 0.7


def describe_vrm1(extension: Any) -> dict[str, Any]:
    vrm, springs = extension.vrm1, extension.spring_bone1
    bones = vrm.humanoid.human_bones.human_bone_name_to_human_bone()
    presets = vrm.expressions.preset.name_to_expression_dict()
    return {
        "title": vrm.meta.vrm_name,
        "authors": [author.value for author in vrm.meta.authors],
        "permission": vrm.meta.avatar_permission,
        "thumbnail": list(vrm.meta.thumbnail_image.size),
        "bones": {name.value: bone.node.bone_name for name, bone in bones.items() if bone.node.bone_name},
        "expressions": {
            name: [[bind.node.mesh_object_name, bind.index, bind.weight] for bind in preset.morph_target_binds]
            for name, preset in presets.items()
        },
        "chains": [[joint.node.bone_name for joint in spring.joints] for spring in springs.springs],
        "stiffness": [joint.stiffness for spring in springs.springs for joint in spring.joints],
        "colliders": [[c.node.bone_name, c.shape.sphere.radius] for c in springs.colliders],
    }


def describe_vrm0(extension: Any) -> dict[str, Any]:
    vrm = extension.vrm0
    animation = vrm.secondary_animation
    return {
        "title": vrm.meta.title,
        "authors": [vrm.meta.author],
        "permission": vrm.meta.allowed_user_name,
        "thumbnail": list(vrm.meta.texture.size),
        "bones": {bone.bone: bone.node.bone_name for bone in vrm.humanoid.human_bones if bone.node.bone_name},
        "expressions": {
            group.preset_name if group.preset_name != "unknown" else group.name: [
                [bind.mesh.mesh_object_name, bind.index, bind.weight] for bind in group.binds
            ]
            for group in vrm.blend_shape_master.blend_shape_groups
        },
        "chains": [[bone.bone_name for bone in group.bones] for group in animation.bone_groups],
        "stiffness": [group.stiffiness for group in animation.bone_groups],
        "colliders": [
            [group.node.bone_name, collider.bpy_object.empty_display_size]
            for group in animation.collider_groups
            for collider in group.colliders
        ],
    }


def find_texture(material: Any) -> list[int]:
    return next((list(n.image.size) for n in material.node_tree.nodes if n.type == "TEX_IMAGE" and n.image), [0, 0])


def render_front(height_m: float, path: str) -> None:
    """Render the box of the portrait, whose middle is at a height, without lights."""
    scene, data = bpy.context.scene, bpy.data.cameras.new("front")
    data.type, data.ortho_scale = "ORTHO", SIDE_M
    camera = bpy.data.objects.new("front", data)
    camera.location, camera.rotation_euler = (0, -3, height_m), (math.pi / 2, 0, 0)
    scene.collection.objects.link(camera)
    scene.camera, scene.render.engine, scene.cycles.samples = camera, "CYCLES", 4
    scene.cycles.use_denoising = False
    scene.render.resolution_x = scene.render.resolution_y = 512
    scene.render.film_transparent, scene.view_settings.view_transform = True, "Standard"
    scene.render.filepath = path
    bpy.ops.render.render(write_still=True)


def main(file: str, picture: str, height_m: str) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    is_vrm = file.endswith(".vrm")
    if is_vrm:
        bpy.ops.preferences.addon_enable(module="io_scene_vrm")
    outcome = bpy.ops.import_scene.vrm(filepath=file) if is_vrm else bpy.ops.import_scene.gltf(filepath=file)
    armature = next(o for o in bpy.data.objects if o.type == "ARMATURE")
    meshes = [o for o in bpy.data.objects if o.type == "MESH" and o.find_armature() == armature]
    facts: dict[str, Any] = {
        "outcome": list(outcome),
        "bones of the armature": [bone.name for bone in armature.data.bones],
        "meshes": {o.name: [len(o.data.polygons), len(o.vertex_groups)] for o in meshes},
        "shape keys": {o.name: [k.name for k in o.data.shape_keys.key_blocks] for o in meshes if o.data.shape_keys},
        "materials": {m.name: find_texture(m) for o in meshes for m in o.data.materials},
    }
    if is_vrm:
        extension = armature.data.vrm_addon_extension
        facts["spec"] = extension.spec_version
        facts |= describe_vrm1(extension) if extension.spec_version == "1.0" else describe_vrm0(extension)
        toon = [m for m in bpy.data.materials if m.vrm_addon_extension.mtoon1.enabled]
        facts["shade"] = {
            m.name: list(m.vrm_addon_extension.mtoon1.extensions.vrmc_materials_mtoon.shade_color_factor) for m in toon
        }
    render_front(float(height_m), picture)
    print("FACTS", json.dumps(facts), flush=True)
    os._exit(0)  # the add-on's threads keep Blender's module from ending


main(*sys.argv[1:])
