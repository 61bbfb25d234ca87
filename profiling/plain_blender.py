"""The peer of `rendering.py`: a Blender script of the usual kind, one process per avatar.

`python profiling/plain_blender.py AVATAR OUT SIZE SAMPLES CAMERAS.json`: imports the file through Blender's own glTF
importer, then renders each camera with Cycles to an RGBA PNG and a depth EXR. Materials, bounces and threads are
Blender's defaults. Nothing of panic3d is imported here.
"""

import json
import math
import shutil
import sys
import tempfile
from pathlib import Path

import bpy
import mathutils


def import_avatar(path: Path) -> mathutils.Vector:
    """Import a GLB or VRM file and return the position of its head in Blender's axes."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    with tempfile.TemporaryDirectory() as folder:
        glb = Path(folder) / "avatar.glb"  # the importer goes by the file's name
        shutil.copy(path, glb)
        bpy.ops.import_scene.gltf(filepath=str(glb))
    for armature in (thing for thing in bpy.data.objects if thing.type == "ARMATURE"):
        for bone in armature.data.bones:
            if bone.name.lower().endswith("head"):
                return armature.matrix_world @ bone.head_local + mathutils.Vector((0, 0, 0.1))
    corners = [o.matrix_world @ mathutils.Vector(c) for o in bpy.data.objects if o.type == "MESH" for c in o.bound_box]
    return mathutils.Vector((0, 0, max(corner.z for corner in corners) - 0.15))


def set_up(size: int, samples: int, out: Path) -> bpy.types.CompositorNodeOutputFile:
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples = samples
    scene.cycles.use_denoising = False
    scene.render.resolution_x = scene.render.resolution_y = size
    scene.render.film_transparent = True
    scene.view_settings.view_transform = "Standard"
    bpy.context.view_layer.use_pass_z = True
    scene.use_nodes = True
    nodes = scene.node_tree.nodes
    layers = nodes.new("CompositorNodeRLayers")
    depth = nodes.new("CompositorNodeOutputFile")
    depth.base_path, depth.format.file_format = str(out), "OPEN_EXR"
    scene.node_tree.links.new(layers.outputs["Depth"], depth.inputs[0])
    scene.node_tree.links.new(layers.outputs["Image"], nodes.new("CompositorNodeComposite").inputs[0])
    scene.collection.objects.link(bpy.data.objects.new("camera", bpy.data.cameras.new("camera")))
    scene.camera = bpy.data.objects["camera"]
    return depth


def render(cameras: dict[str, dict], head: mathutils.Vector, depth: bpy.types.CompositorNodeOutputFile) -> None:
    scene, camera = bpy.context.scene, bpy.data.objects["camera"]
    for view, settings in cameras.items():
        azimuth, elevation = math.radians(settings["azimuth_deg"]), math.radians(settings["elevation_deg"])
        towards = mathutils.Vector(
            (math.sin(azimuth) * math.cos(elevation), -math.cos(azimuth) * math.cos(elevation), math.sin(elevation))
        )
        camera.location = head + towards
        camera.rotation_euler = (math.pi / 2 - elevation, 0, azimuth)
        if settings["kind"] == "ortho":
            camera.data.type, camera.data.ortho_scale = "ORTHO", 0.7
        else:
            camera.data.type, camera.data.angle = "PERSP", math.radians(settings["fov_deg"])
        scene.render.filepath = str(Path(depth.base_path) / f"{view}.png")
        depth.file_slots[0].path = f"{view}.depth"
        bpy.ops.render.render(write_still=True)


def main() -> None:
    avatar, out, size, samples, cameras = sys.argv[1:]
    head = import_avatar(Path(avatar))
    depth = set_up(int(size), int(samples), Path(out))
    render(json.loads(Path(cameras).read_text()), head, depth)


if __name__ == "__main__":
    main()
