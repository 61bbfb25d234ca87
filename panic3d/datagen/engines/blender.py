"""Render views of surfaces with Blender's Cycles. The only module that imports bpy (GPL-3.0, the extra `blender`).

Each picture is rendered with one sample per pixel. Colour and coverage are the mean of several pictures, each with
the camera shifted by a fraction of a pixel (`sampling.py`). This needs so few samples that it takes half the time of
Cycles' own sampling at the same error. Depth, normals and parts are those at the pixel's centre.
"""

import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.cameras.camera import Camera
from panic3d.cameras.colour import srgb_from_linear
from panic3d.cameras.view import View, turn_towards_camera
from panic3d.datagen.avatars.character.materials import MIN_SURFACE_OPACITY, Texture
from panic3d.datagen.avatars.character.surfaces import MaterialSurface
from panic3d.datagen.engines.availability import check_engine
from panic3d.datagen.engines.blender_nodes import NORMAL_OFFSET, NodeTree
from panic3d.datagen.engines.exr import read_exr
from panic3d.datagen.engines.opacity import can_be_transparent, has_vertex_colours
from panic3d.datagen.engines.pixel_rectangle import PixelRectangle, bound_points
from panic3d.datagen.engines.sampling import find_pixel_lattice
from panic3d.runtime.errors import UserError
from panic3d.runtime.extras import is_installed

try:
    import bpy
except ImportError as error:
    if is_installed("bpy") and "open3d" in sys.modules:  # both bring the library TBB, and bpy needs its own
        raise UserError(f"bpy cannot be imported after Open3D, start a new process: {error}") from error
    check_engine("cycles")
    raise UserError(f"Blender's module bpy is installed, but cannot be imported: {error}") from error

COLOUR, NORMAL, PART = 0.0, 1.0, 2.0
"""Values of the emission switch: what the surfaces emit."""
PIXEL_FILTER_WIDTH = 0.01
"""Narrow enough that the one sample of a pixel lies at its centre."""
GPU_BACKENDS = ("OPTIX", "CUDA", "HIP", "METAL", "ONEAPI")


def get_version() -> str:
    """Return Blender's version."""
    return str(bpy.app.version_string)


def _remove_session_folder() -> None:
    """Remove Blender's empty folder for temporary files, which a killed worker would leave; we write nothing to it."""
    folder = Path(bpy.app.tempdir)
    if folder.name.startswith("blender_"):
        shutil.rmtree(folder, ignore_errors=True)


def select_gpu_backend() -> str | None:
    """Enable the first of OptiX, CUDA, HIP, Metal and oneAPI that has a device here, and return its name."""
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
    """Render one view per camera, with parts where `parts` gives the part id of each surface.

    This replaces whatever scene is open in Blender.
    """
    bpy.ops.wm.read_factory_settings(use_empty=True)
    _remove_session_folder()
    scene = bpy.context.scene
    _set_up_cycles(scene, size, threads)
    emission_switch = _add_emission_switch()
    for surface, part in zip(surfaces, parts or [0] * len(surfaces), strict=True):
        _add_surface(scene, surface, part, emission_switch)
    scene.camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    scene.collection.objects.link(scene.camera)

    vertices = np.concatenate([surface.xyz_head_m for surface in surfaces])
    regions = [bound_points(vertices, camera, size) for camera in cameras]

    def render_all(emission: float) -> list[Float[np.ndarray, "H W 5"]]:
        emission_switch.nodes["emitted"].outputs[0].default_value = emission
        return [_render(scene, camera, size, region) for camera, region in zip(cameras, regions, strict=True)]

    offsets_px = find_pixel_lattice(samples).offsets_px()
    emission_switch.nodes["emitted"].outputs[0].default_value = COLOUR
    colours = [
        _render_mean_colour(scene, camera, size, region, offsets_px)
        for camera, region in zip(cameras, regions, strict=True)
    ]
    normal_pictures = render_all(NORMAL) if normals else [None] * len(cameras)
    part_pictures = render_all(PART) if parts is not None else [None] * len(cameras)
    return [
        View(
            _encode_straight_srgb(premultiplied),
            depth_m,
            None if normal is None else _decode_normal(normal, camera),
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
    if bpy.app.version >= (5, 0):  # the media type decides which file formats there are
        render.image_settings.media_type = "MULTI_LAYER_IMAGE"
    render.image_settings.file_format = "OPEN_EXR_MULTILAYER"
    if hasattr(render.image_settings, "use_exr_interleave"):  # all passes in one part, as Blender 4 writes them
        render.image_settings.use_exr_interleave = True
    render.use_file_extension = False
    render.image_settings.color_depth = "32"
    render.image_settings.exr_codec = "NONE"
    cycles.device = "GPU" if select_gpu_backend() else "CPU"
    cycles.use_adaptive_sampling = cycles.use_denoising = False
    cycles.use_auto_tile = False
    cycles.samples = 1
    cycles.pixel_filter_type, cycles.filter_width = "BLACKMAN_HARRIS", PIXEL_FILTER_WIDTH
    cycles.max_bounces = 0
    # Each culled face and each alpha layer takes a bounce; up to the minimum no ray is ended by Russian roulette.
    cycles.transparent_max_bounces = cycles.min_transparent_bounces = 256
    cycles.use_light_tree = False


def _add_emission_switch() -> Any:
    """Make the node group, shared by all materials, whose value says which of COLOUR, NORMAL and PART they emit.

    Cycles folds the constant when it compiles the shaders, so that what is not emitted takes no time.
    """
    group = bpy.data.node_groups.new("emission switch", "ShaderNodeTree")
    group.interface.new_socket("emitted", in_out="OUTPUT", socket_type="NodeSocketFloat")
    value = group.nodes.new("ShaderNodeValue")
    value.name = "emitted"
    value.outputs[0].default_value = COLOUR
    group.links.new(value.outputs[0], group.nodes.new("NodeGroupOutput").inputs[0])
    return group


def _add_surface(scene: Any, surface: MaterialSurface, part: int, emission_switch: Any) -> None:
    mesh = bpy.data.meshes.new("surface")
    mesh.vertices.add(len(surface.xyz_head_m))
    mesh.vertices.foreach_set("co", surface.xyz_head_m.astype(np.float32).ravel())
    corners = surface.triangles.astype(np.int32).ravel()
    mesh.loops.add(len(corners))
    mesh.loops.foreach_set("vertex_index", corners)
    mesh.polygons.add(len(surface.triangles))
    mesh.polygons.foreach_set("loop_start", np.arange(0, len(corners), 3, dtype=np.int32))
    uv = surface.uv[corners].astype(np.float32)
    uv[:, 1] = 1 - uv[:, 1]  # row 0 of Blender's images is at the bottom
    mesh.uv_layers.new(name="uv").data.foreach_set("uv", uv.ravel())
    if has_vertex_colours(surface):
        colour = mesh.attributes.new("colour", "FLOAT_COLOR", "POINT")
        colour.data.foreach_set("color", surface.colour_linear.astype(np.float32).ravel())
    mesh.update(calc_edges=False)
    mesh.materials.append(_make_material(surface, part, emission_switch))
    scene.collection.objects.link(bpy.data.objects.new("surface", mesh))


def _make_material(surface: MaterialSurface, part: int, emission_switch: Any) -> Any:
    """Make the material that emits the unlit colour (or what the switch says), mixed with transparency by opacity."""
    material = surface.material
    made = bpy.data.materials.new(material.name or "material")
    made.use_nodes = True
    made.cycles.emission_sampling = "NONE"  # no surface is lit
    tree = made.node_tree
    tree.nodes.clear()
    nodes = NodeTree(tree)
    rgb, alpha = material.factor_linear[:3], material.factor_linear[3]
    if has_vertex_colours(surface):
        vertex = nodes.new("ShaderNodeAttribute", attribute_name="colour")
        rgb = nodes.multiply_colours(vertex.outputs["Color"], rgb)
        alpha = nodes.calculate("MULTIPLY", vertex.outputs["Alpha"], alpha)
    if material.texture is not None:
        texel = nodes.sample_texture(material.texture, _load_image(material.texture))
        rgb = nodes.multiply_colours(rgb, texel.outputs["Color"])
        alpha = nodes.calculate("MULTIPLY", alpha, texel.outputs["Alpha"])
    emitted = nodes.new("ShaderNodeGroup", node_tree=emission_switch).outputs[0]
    opacity: Any = 1.0
    if can_be_transparent(surface) and material.alpha_mode == "MASK":
        opacity = nodes.compare_at_least(alpha, material.alpha_cutoff)
    elif can_be_transparent(surface):
        opacity = nodes.mix(emitted, alpha, nodes.compare_at_least(alpha, MIN_SURFACE_OPACITY))
    geometry = nodes.new("ShaderNodeNewGeometry")
    if not material.double_sided:
        opacity = nodes.calculate("MULTIPLY", opacity, nodes.calculate("SUBTRACT", 1.0, geometry.outputs["Backfacing"]))
    emission = nodes.new("ShaderNodeEmission")
    emitted_rgb = nodes.choose(emitted, NORMAL, rgb, nodes.add_offset(geometry.outputs["True Normal"]))
    emitted_rgb = nodes.choose(emitted, PART, emitted_rgb, (float(part),) * 3)
    tree.links.new(emitted_rgb, emission.inputs["Color"])
    if material.holdout:
        emission = nodes.new("ShaderNodeHoldout")
    mix = nodes.new("ShaderNodeMixShader")
    nodes.connect(opacity, mix.inputs[0])
    tree.links.new(nodes.new("ShaderNodeBsdfTransparent").outputs[0], mix.inputs[1])
    tree.links.new(emission.outputs[0], mix.inputs[2])
    tree.links.new(mix.outputs[0], nodes.new("ShaderNodeOutputMaterial").inputs[0])
    return made


IMAGE_NAME = "panic3d texture {}"


def _load_image(texture: Texture) -> Any:
    """Return the texture as a Blender image, made once for all materials that share it."""
    name = IMAGE_NAME.format(id(texture))
    if name in bpy.data.images:
        return bpy.data.images[name]
    height, width = texture.rgba.shape[:2]
    image = bpy.data.images.new(name, width, height, alpha=True)
    image.alpha_mode = "CHANNEL_PACKED"  # keeps the colour of transparent texels
    image.pixels.foreach_set((texture.rgba[::-1].astype(np.float32) / 255).ravel())
    image.update()
    return image


def _render_mean_colour(
    scene: Any, camera: Camera, size: int, region: PixelRectangle, offsets_px: Float[np.ndarray, "N 2"]
) -> tuple[Float[np.ndarray, "H W 4"], Float[np.ndarray, "H W"]]:
    """Return the mean of pictures with shifted samples (offsets to the right and up), and depth at the centres."""
    total, depth_m = np.zeros((size, size, 4), np.float32), None
    for offset_px in offsets_px:
        picture = _render(scene, camera, size, region, tuple(offset_px))
        total += picture[..., :4]
        if not offset_px.any():
            depth_m = picture[..., 4]
    if depth_m is None:
        depth_m = _render(scene, camera, size, region)[..., 4]
    return total / len(offsets_px), np.where(depth_m < camera.far_m, depth_m, np.nan)


def _render(
    scene: Any, camera: Camera, size: int, region: PixelRectangle, offset_px: tuple[float, float] = (0.0, 0.0)
) -> Float[np.ndarray, "H W 5"]:
    """Render a region of a view through a float EXR file: premultiplied linear RGBA, and depth; row 0 on top.

    Depth is that of the first surface of opacity >= 0.5 (Blender's pass_alpha_threshold), huge where there is none.
    """
    picture = np.zeros((size, size, 5), np.float32)
    picture[..., 4] = np.inf
    if region.is_empty:
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
    # 0.1 pixels beyond the edges, because Blender truncates to whole pixels
    render.border_min_x, render.border_max_x = (region.left + 0.1) / size, (region.right + 0.1) / size
    render.border_min_y, render.border_max_y = (region.bottom + 0.1) / size, (region.top + 0.1) / size
    with _make_picture_file() as target:
        render.filepath = str(target)
        bpy.ops.render.render(write_still=True)
        try:
            channels = read_exr(target.read_bytes())
        except (FileNotFoundError, ValueError) as error:  # Blender reports no error
            raise OSError(
                errno.ENOSPC, f"Blender could not write its picture ({error}): no space left", str(target)
            ) from error
    layer = scene.view_layers[0].name
    names = [*(f"{layer}.Combined.{band}" for band in "RGBA"), f"{layer}.Depth.Z"]
    picture[region.slices(size)] = np.stack([channels[name] for name in names], axis=-1)
    return picture


@contextmanager
def _make_picture_file() -> Iterator[Path]:
    """Make a file for one picture of Blender. On Linux it is in memory and goes with the process, even by `kill -9`."""
    if not hasattr(os, "memfd_create"):
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder) / "view.exr"
        return
    descriptor = os.memfd_create("view.exr")
    try:
        yield Path(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)


def _encode_straight_srgb(premultiplied: Float[np.ndarray, "H W 4"]) -> UInt8[np.ndarray, "H W 4"]:
    alpha = premultiplied[..., 3:]
    colour = srgb_from_linear(premultiplied[..., :3] / np.maximum(alpha, 1e-6))
    rgba = np.concatenate([colour, np.clip(alpha, 0, 1)], axis=-1)
    rgba[alpha[..., 0] <= 0] = 0
    return np.round(rgba * 255).astype(np.uint8)


def _decode_normal(picture: Float[np.ndarray, "H W 5"], camera: Camera) -> Float[np.ndarray, "H W 3"]:
    normal_head = np.where(picture[..., 3:4] >= 0.5, picture[..., :3] - NORMAL_OFFSET, 0)
    return turn_towards_camera(normal_head, camera)
