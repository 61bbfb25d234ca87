"""Views of surfaces through Blender's Cycles. The only module that imports bpy (GPL-3.0, the extra `blender`).

Every picture has one sample a pixel. Colour and coverage are the mean of several, each with the camera shifted by a
part of a pixel (`sampling.py`): so few samples serve that this takes half of the time of Cycles' own sampling at the
same error. Depth is that of the sample at the pixel's centre, where normals and parts are drawn too.
"""

import errno
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.cameras.camera import Camera
from panic3d.cameras.colour import srgb_from_linear
from panic3d.cameras.view import View, towards_camera
from panic3d.datagen.avatars.character.materials import MIN_SURFACE_OPACITY, Texture
from panic3d.datagen.avatars.character.surfaces import MaterialSurface
from panic3d.datagen.engines.blender_nodes import SHIFT, Nodes
from panic3d.datagen.engines.exr import read_exr
from panic3d.datagen.engines.opacity import cuts_out, has_vertex_colours
from panic3d.datagen.engines.rectangle import Rectangle, bounds
from panic3d.datagen.engines.sampling import pixel_lattice
from panic3d.runtime.errors import UserError

try:
    import bpy
except ImportError as error:  # said once, with the way out
    raise UserError(f"Blender's module bpy cannot be imported ({error}): pip install 'panic3d[blender]'") from error

COLOUR, NORMAL, PART = 0.0, 1.0, 2.0  # what the surfaces emit
CENTRE_FILTER_PX = 0.01
GPU_BACKENDS = ("OPTIX", "CUDA", "HIP", "METAL", "ONEAPI")


def version() -> str:
    return str(bpy.app.version_string)


def gpu_backend() -> str | None:
    """The first of OptiX, CUDA, HIP, Metal and oneAPI that has a device here."""
    preferences = bpy.context.preferences.addons["cycles"].preferences
    for backend in GPU_BACKENDS:
        try:
            preferences.compute_device_type = backend
        except TypeError:  # not in this build of Blender
            continue
        preferences.get_devices()
        devices = [device for device in preferences.devices if device.type == backend]
        if devices:
            for device in preferences.devices:
                device.use = device.type == backend
            return backend
    preferences.compute_device_type = "NONE"
    return None


def render_views(
    surfaces: Sequence[MaterialSurface],
    cameras: Sequence[Camera],
    size: int,
    samples: int,
    threads: int,
    normals: bool = False,
    parts: Sequence[int] | None = None,
) -> list[View]:
    """Renders each camera, with the part ids of the surfaces if `parts` gives them.

    The scene is Blender's own until the next call: not for use beside other Blender work.
    """
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    _set_up_cycles(scene, size, threads)
    emitted = _emission_switch()
    for surface, part in zip(surfaces, parts or [0] * len(surfaces), strict=True):
        _add(scene, surface, part, emitted)
    scene.camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    scene.collection.objects.link(scene.camera)

    vertices = np.concatenate([surface.xyz_head_m for surface in surfaces])
    seen = [bounds(vertices, camera, size) for camera in cameras]

    def shoot_all(what: float) -> list[Float[np.ndarray, "H W 5"]]:
        emitted.nodes["emitted"].outputs[0].default_value = what
        return [_shoot(scene, camera, size, part) for camera, part in zip(cameras, seen, strict=True)]

    offsets_px = pixel_lattice(samples).offsets_px()
    emitted.nodes["emitted"].outputs[0].default_value = COLOUR
    colours = [_mean_colour(scene, camera, size, part, offsets_px) for camera, part in zip(cameras, seen, strict=True)]
    normal_pictures = shoot_all(NORMAL) if normals else [None] * len(cameras)
    part_pictures = shoot_all(PART) if parts is not None else [None] * len(cameras)
    return [
        View(
            _straight_srgb(premultiplied),
            depth_m,
            None if normal is None else _normal(normal, camera),
            None if part is None else np.round(part[..., 0]).astype(np.uint8),
        )
        for (premultiplied, depth_m), normal, part, camera in zip(
            colours, normal_pictures, part_pictures, cameras, strict=True
        )
    ]


def _set_up_cycles(scene: Any, size: int, threads: int) -> None:
    render, cycles = scene.render, scene.cycles
    render.engine = "CYCLES"
    render.resolution_x = render.resolution_y = size
    render.resolution_percentage = 100
    render.film_transparent = True
    render.use_persistent_data = True
    render.use_border = render.use_crop_to_border = True
    scene.view_layers[0].use_pass_z = True
    scene.view_layers[0].pass_alpha_threshold = MIN_SURFACE_OPACITY
    render.use_compositing = render.use_sequencer = False
    render.threads_mode, render.threads = "FIXED", threads
    render.dither_intensity = 0.0
    render.image_settings.file_format = "OPEN_EXR_MULTILAYER"
    render.image_settings.color_depth = "32"
    render.image_settings.exr_codec = "NONE"
    cycles.device = "GPU" if gpu_backend() else "CPU"
    cycles.use_adaptive_sampling = cycles.use_denoising = False
    cycles.use_auto_tile = False
    cycles.samples = 1
    cycles.pixel_filter_type, cycles.filter_width = "BLACKMAN_HARRIS", CENTRE_FILTER_PX
    cycles.max_bounces = 0
    # Culled faces and alpha layers each take a bounce; before the least number no ray is ended by Russian roulette.
    cycles.transparent_max_bounces = cycles.min_transparent_bounces = 256
    cycles.use_light_tree = False


def _emission_switch() -> Any:
    """A node group that all materials share: which of COLOUR, NORMAL and PART they emit.

    Cycles folds the constant when it compiles the shaders, so that what is not emitted costs nothing.
    """
    group = bpy.data.node_groups.new("emission switch", "ShaderNodeTree")
    group.interface.new_socket("emitted", in_out="OUTPUT", socket_type="NodeSocketFloat")
    value = group.nodes.new("ShaderNodeValue")
    value.name = "emitted"
    value.outputs[0].default_value = COLOUR
    group.links.new(value.outputs[0], group.nodes.new("NodeGroupOutput").inputs[0])
    return group


def _add(scene: Any, surface: MaterialSurface, part: int, emission_switch: Any) -> None:
    mesh = bpy.data.meshes.new("surface")
    mesh.vertices.add(len(surface.xyz_head_m))
    mesh.vertices.foreach_set("co", surface.xyz_head_m.astype(np.float32).ravel())
    corners = surface.triangles.astype(np.int32).ravel()
    mesh.loops.add(len(corners))
    mesh.loops.foreach_set("vertex_index", corners)
    mesh.polygons.add(len(surface.triangles))
    mesh.polygons.foreach_set("loop_start", np.arange(0, len(corners), 3, dtype=np.int32))
    uv = surface.uv[corners].astype(np.float32)
    uv[:, 1] = 1 - uv[:, 1]  # Blender's pictures start at the bottom
    mesh.uv_layers.new(name="uv").data.foreach_set("uv", uv.ravel())
    if has_vertex_colours(surface):
        colour = mesh.attributes.new("colour", "FLOAT_COLOR", "POINT")
        colour.data.foreach_set("color", surface.colour_linear.astype(np.float32).ravel())
    mesh.update(calc_edges=False)
    mesh.materials.append(_material(surface, part, emission_switch))
    scene.collection.objects.link(bpy.data.objects.new("surface", mesh))


def _material(surface: MaterialSurface, part: int, emission_switch: Any) -> Any:
    """Emission of the unlit colour (or of what the switch says), mixed with transparency by the opacity."""
    material = surface.material
    made = bpy.data.materials.new(material.name or "material")
    made.use_nodes = True
    made.cycles.emission_sampling = "NONE"  # nothing here lights anything
    tree = made.node_tree
    tree.nodes.clear()
    nodes = Nodes(tree)
    rgb, alpha = material.factor_linear[:3], material.factor_linear[3]
    if has_vertex_colours(surface):
        vertex = nodes.new("ShaderNodeAttribute", attribute_name="colour")
        rgb = nodes.colour_times(vertex.outputs["Color"], rgb)
        alpha = nodes.math("MULTIPLY", vertex.outputs["Alpha"], alpha)
    if material.texture is not None:
        texel = nodes.texel(material.texture, _image(material.texture))
        rgb = nodes.colour_times(rgb, texel.outputs["Color"])
        alpha = nodes.math("MULTIPLY", alpha, texel.outputs["Alpha"])
    emitted = nodes.new("ShaderNodeGroup", node_tree=emission_switch).outputs[0]
    opacity: Any = 1.0
    if cuts_out(surface) and material.alpha_mode == "MASK":
        opacity = nodes.at_least(alpha, material.alpha_cutoff)
    elif cuts_out(surface):
        opacity = nodes.blend(emitted, alpha, nodes.at_least(alpha, MIN_SURFACE_OPACITY))
    geometry = nodes.new("ShaderNodeNewGeometry")
    if not material.double_sided:
        opacity = nodes.math("MULTIPLY", opacity, nodes.math("SUBTRACT", 1.0, geometry.outputs["Backfacing"]))
    emission = nodes.new("ShaderNodeEmission")
    seen = nodes.choose(emitted, NORMAL, rgb, nodes.shifted(geometry.outputs["True Normal"]))
    seen = nodes.choose(emitted, PART, seen, (float(part),) * 3)
    tree.links.new(seen, emission.inputs["Color"])
    if material.holdout:
        emission = nodes.new("ShaderNodeHoldout")
    mix = nodes.new("ShaderNodeMixShader")
    nodes.feed(opacity, mix.inputs[0])
    tree.links.new(nodes.new("ShaderNodeBsdfTransparent").outputs[0], mix.inputs[1])
    tree.links.new(emission.outputs[0], mix.inputs[2])
    tree.links.new(mix.outputs[0], nodes.new("ShaderNodeOutputMaterial").inputs[0])
    return made


_IMAGE_TAG = "panic3d texture {}"


def _image(texture: Texture) -> Any:
    """The texture as a Blender picture, made once for all materials that share it."""
    name = _IMAGE_TAG.format(id(texture))
    if name in bpy.data.images:
        return bpy.data.images[name]
    height, width = texture.rgba.shape[:2]
    image = bpy.data.images.new(name, width, height, alpha=True)
    image.alpha_mode = "CHANNEL_PACKED"  # colour under transparent texels stays what it is
    image.pixels.foreach_set((texture.rgba[::-1].astype(np.float32) / 255).ravel())
    image.update()
    return image


def _mean_colour(
    scene: Any, camera: Camera, size: int, seen: Rectangle, offsets_px: Float[np.ndarray, "N 2"]
) -> tuple[Float[np.ndarray, "H W 4"], Float[np.ndarray, "H W"]]:
    """The mean of pictures with one sample a pixel, to the right and up of its centre, and depth at the centre."""
    total, depth_m = np.zeros((size, size, 4), np.float32), None
    for offset_px in offsets_px:
        picture = _shoot(scene, camera, size, seen, tuple(offset_px))
        total += picture[..., :4]
        if not offset_px.any():
            depth_m = picture[..., 4]
    if depth_m is None:
        depth_m = _shoot(scene, camera, size, seen)[..., 4]
    return total / len(offsets_px), np.where(depth_m < camera.far_m, depth_m, np.nan)


def _shoot(
    scene: Any, camera: Camera, size: int, seen: Rectangle, offset_px: tuple[float, float] = (0.0, 0.0)
) -> Float[np.ndarray, "H W 5"]:
    """Renders what may be seen to a float EXR and reads it: premultiplied, linear, and depth; row 0 on top.

    Depth is that of the first surface of opacity >= 0.5 (Blender's pass_alpha_threshold), far away where there is none.
    """
    picture = np.zeros((size, size, 5), np.float32)
    picture[..., 4] = np.inf
    if seen.empty:
        return picture
    data, render = scene.camera.data, scene.render
    data.clip_start, data.clip_end = camera.near_m, camera.far_m
    if camera.fov_deg is None:
        data.type, data.ortho_scale = "ORTHO", BOX_SIDE_M
    else:
        data.type, data.angle = "PERSP", np.radians(camera.fov_deg)
    data.shift_x, data.shift_y = offset_px[0] / size, offset_px[1] / size
    pose = camera.head_from_camera() @ np.diag([1.0, -1.0, -1.0, 1.0])  # Blender's cameras look along -z, y up
    scene.camera.matrix_world = pose.T.tolist()
    # a little more than the edges: Blender cuts to whole pixels
    render.border_min_x, render.border_max_x = (seen.left + 0.1) / size, (seen.right + 0.1) / size
    render.border_min_y, render.border_max_y = (seen.bottom + 0.1) / size, (seen.top + 0.1) / size
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:
        target = Path(folder) / "view.exr"
        render.filepath = str(target)
        bpy.ops.render.render(write_still=True)
        try:
            channels = read_exr(target.read_bytes())
        except (FileNotFoundError, ValueError) as error:  # Blender itself says nothing
            raise OSError(
                errno.ENOSPC, f"Blender could not write its picture ({error}): no space left", folder
            ) from error
    layer = scene.view_layers[0].name
    names = [*(f"{layer}.Combined.{band}" for band in "RGBA"), f"{layer}.Depth.Z"]
    picture[seen.slices(size)] = np.stack([channels[name] for name in names], axis=-1)
    return picture


def _straight_srgb(premultiplied: Float[np.ndarray, "H W 4"]) -> UInt8[np.ndarray, "H W 4"]:
    alpha = premultiplied[..., 3:]
    colour = srgb_from_linear(premultiplied[..., :3] / np.maximum(alpha, 1e-6))
    rgba = np.concatenate([colour, np.clip(alpha, 0, 1)], axis=-1)
    rgba[alpha[..., 0] <= 0] = 0
    return np.round(rgba * 255).astype(np.uint8)


def _normal(picture: Float[np.ndarray, "H W 5"], camera: Camera) -> Float[np.ndarray, "H W 3"]:
    normal_head = np.where(picture[..., 3:4] >= 0.5, picture[..., :3] - SHIFT, 0)
    return towards_camera(normal_head, camera)
