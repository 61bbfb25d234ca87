"""The method's surface and pictures, on a field that is a ball by construction."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh
from scipy.ndimage import binary_erosion

from helpers.heads.sphere_reconstructor import RADIUS_M, SphereReconstructor
from helpers.heads.sphere_shards import make_sphere_views
from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.cameras.camera import Camera
from panic3d.cameras.projected_picture import ProjectedPicture, compute_facing_share
from panic3d.cameras.rigs import make_view_camera
from panic3d.geometry.glb import encode_glb
from panic3d.geometry.mesh import compute_vertex_normals
from panic3d.models.method import Portrait
from panic3d.models.reconstructor.geometry.density_grid import compute_column_lift, compute_silhouette_distance_m
from panic3d.models.reconstructor.geometry.iso_surface import extract_surface
from panic3d.models.reconstructor.geometry.surface_reconstruction import COLOUR_INSET_M, SurfaceReconstruction
from panic3d.models.reconstructor.method import PanicMethod, load
from panic3d.models.reconstructor.network.inference_config import InferenceConfig
from panic3d.models.reconstructor.network.network import Reconstructor
from panic3d.models.reconstructor.training.config import load_config
from panic3d.runtime.errors import UserError
from panic3d.shards.schema import decode_depth, read_png

DENSITY_SLOPE_PER_M = 200.0


def read_depth(members: dict[str, bytes]) -> np.ndarray:
    return decode_depth(read_png(members["front.depth.png"]))


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    return read_png(make_sphere_views(RADIUS_M, 0.0, 512, painted=True)["front.rgba.png"])


@pytest.fixture(scope="module")
def head(picture: np.ndarray) -> SurfaceReconstruction:
    made = PanicMethod(SphereReconstructor()).reconstruct(Portrait.from_render(picture))
    assert isinstance(made, SurfaceReconstruction)
    return made


def test_an_open_gate_takes_the_pictures_colour_at_the_rim_too_from_within_its_ink(
    picture: np.ndarray,
) -> None:
    model = SphereReconstructor(gate=30.0)
    model.config = replace(model.config, inference=InferenceConfig(stitch=False))
    inked = picture.copy()
    inked[(picture[..., 3] > 0) & ~binary_erosion(picture[..., 3] > 127, iterations=2), :3] = 0
    mesh = PanicMethod(model).reconstruct(Portrait.from_render(inked)).mesh()
    z = mesh.vertices_head_m[:, 2]
    outwards = compute_vertex_normals(mesh.vertices_head_m, mesh.triangles)
    within = mesh.vertices_head_m - COLOUR_INSET_M * (1 - compute_facing_share(outwards[:, 2]))[:, None] * outwards
    given = np.round(ProjectedPicture(picture).sample(within) * 255)
    seen, hidden = (z > 0.005) & (z < 0.05), z < -0.1
    # The rounded rim's last millimetre faces the front a little, and shows the ink that the front shows.
    assert (np.abs(mesh.colours[seen] - given[seen]).max(axis=1) <= 1).mean() > 0.98
    assert (np.abs(mesh.colours[hidden].astype(int) - (0, 255, 0)).max(axis=1) <= 1).all()


def test_the_front_view_is_the_input(head: SurfaceReconstruction, picture: np.ndarray) -> None:
    view = head.render([make_view_camera("front")], 512)[0]
    mask = picture[..., 3] > 127
    assert (mask & (view.alpha > 0.5)).sum() / (mask | (view.alpha > 0.5)).sum() > 0.99
    inner = np.hypot(*(np.indices((512, 512)) - 255.5)) < 0.9 * RADIUS_M / BOX_SIDE_M * 512
    assert np.abs(view.rgb - picture[..., :3] / 255)[inner].mean() < 0.005
    truth_m = read_depth(make_sphere_views(RADIUS_M, 0.0, 512))
    assert np.nanmean(np.abs(view.depth_m - truth_m)[inner]) < 0.002


def test_without_the_stitch_the_field_s_own_colours_show(picture: np.ndarray) -> None:
    model = SphereReconstructor()
    model.config = replace(model.config, inference=InferenceConfig(stitch=False))
    head = PanicMethod(model).reconstruct(Portrait.from_render(picture))
    front = head.render([make_view_camera("front")], 128)[0]
    assert np.abs(front.rgb[front.alpha == 1] - [0, 1, 0]).max() < 0.01
    assert (head.mesh().colours == [0, 255, 0]).mean() > 0.99


def test_the_picture_does_not_shine_through(head: SurfaceReconstruction) -> None:
    back = head.render([make_view_camera("back")], 128)[0]
    assert np.abs(back.rgb[back.alpha == 1] - [0, 1, 0]).max() < 0.01


def test_the_mesh_is_in_metres_faces_outwards_and_has_the_pictures_colours(head: SurfaceReconstruction) -> None:
    mesh = head.mesh()
    loaded = trimesh.load(trimesh.util.wrap_as_stream(encode_glb(mesh)), file_type="glb", force="mesh")
    assert np.abs(loaded.extents - 2 * RADIUS_M).max() < 0.01
    assert loaded.is_watertight
    assert loaded.volume == pytest.approx(4 / 3 * np.pi * RADIUS_M**3, rel=0.03)
    outwards = mesh.vertices_head_m / np.linalg.norm(mesh.vertices_head_m, axis=1, keepdims=True)
    cosine = (compute_vertex_normals(mesh.vertices_head_m, mesh.triangles) * outwards).sum(1)
    assert cosine.min() > 0  # bent at the rim, where the silhouette cuts
    assert cosine.mean() > 0.95
    for side in (-1, 1):
        eye = np.hypot(mesh.vertices_head_m[:, 0] - side * 0.08, mesh.vertices_head_m[:, 1]) < 0.02
        front = mesh.vertices_head_m[:, 2] > 0
        assert np.abs(mesh.colours[eye & front].mean(0) - [20, 120, 40]).max() < 3
        assert np.abs(mesh.colours[eye & ~front].mean(0) - [0, 255, 0]).max() < 3


@pytest.mark.parametrize("view", ["left", "back", "spin060", "cam03"])
def test_pictures_show_the_mesh_where_the_camera_says(head: SurfaceReconstruction, view: str) -> None:
    camera, size = make_view_camera(view), 128
    shown = head.render([camera], size)[0]
    assert (np.isfinite(shown.depth_m) <= (shown.alpha > 0)).mean() > 0.999  # a ray may slip through an edge
    columns, rows, _ = camera.project(head.mesh().vertices_head_m.astype(float), size).T
    inside = (columns > 1) & (columns < size - 1) & (rows > 1) & (rows < size - 1)
    grown = np.pad(shown.alpha, 1)
    grown = np.max([grown[i : i + size, j : j + size] for i in range(3) for j in range(3)], axis=0)
    assert (grown[rows[inside].astype(int), columns[inside].astype(int)] > 0).all()
    origins, directions = camera.rays(size)
    seen = np.isfinite(shown.depth_m)
    points = (origins + directions * np.nan_to_num(shown.depth_m)[..., None])[seen][::50]
    mesh = trimesh.Trimesh(head.mesh().vertices_head_m, head.mesh().triangles, process=False)
    assert trimesh.proximity.closest_point_naive(mesh, points[:20])[1].max() < 1e-4


def test_a_higher_level_is_a_surface_further_in(picture: np.ndarray) -> None:
    """The ball's density is 20 (R^2 - r^2) in half boxes."""
    model = SphereReconstructor()
    model.config = replace(model.config, inference=InferenceConfig(density_level=1.0))
    xyz = PanicMethod(model).reconstruct(Portrait.from_render(picture)).mesh().vertices_head_m
    behind = np.linalg.norm(xyz[xyz[:, 2] < -0.1], axis=1)
    assert np.abs(behind - np.sqrt(RADIUS_M**2 - (BOX_SIDE_M / 2) ** 2 / 20)).max() < 0.002


def test_nothing_in_gives_nothing_out() -> None:
    model = Reconstructor(load_config("small").model).eval().requires_grad_(False)
    empty = PanicMethod(model).reconstruct(Portrait.from_render(np.zeros((512, 512, 4), np.uint8)))
    view = empty.render([make_view_camera("front"), Camera("persp", 30.0, fov_deg=30.0)], 64)[1]
    assert view.alpha.max() == 0
    assert view.rgb.min() == 1
    assert len(empty.mesh().triangles) == 0


def test_the_silhouettes_distance_is_metric() -> None:
    alpha = np.zeros((512, 512), np.uint8)
    alpha[:256] = 255  # the upper half: y > 0
    distance_m = compute_silhouette_distance_m(alpha, 128)
    y = (np.arange(128) + 0.5) / 128 * BOX_SIDE_M - BOX_SIDE_M / 2
    assert np.abs(distance_m - y[:, None]).max() < 1e-3


def test_surfaces_have_the_right_axes_and_lose_floaters() -> None:
    unit = (np.arange(64) + 0.5) / 64 * BOX_SIDE_M - BOX_SIDE_M / 2
    y, x, z = np.meshgrid(unit, unit, unit, indexing="ij")
    ball = 0.1 - np.sqrt((x - 0.05) ** 2 + (y + 0.1) ** 2 + (z - 0.15) ** 2)
    dust = 0.007 - np.sqrt((x + 0.2) ** 2 + (y - 0.2) ** 2 + (z + 0.2) ** 2)
    surface = extract_surface((DENSITY_SLOPE_PER_M * np.maximum(ball, dust)).astype(np.float32))
    assert np.abs(surface.vertices_head_m.mean(0) - [0.05, -0.1, 0.15]).max() < 2e-3
    radius = np.linalg.norm(surface.vertices_head_m - [0.05, -0.1, 0.15], axis=1)
    assert np.abs(radius - 0.1).max() < 1e-3
    mesh = trimesh.Trimesh(surface.vertices_head_m, surface.triangles)
    assert mesh.is_watertight
    assert mesh.volume == pytest.approx(4 / 3 * np.pi * 1e-3, rel=0.01)


def test_what_the_box_cuts_is_closed_at_its_face() -> None:
    unit = ((np.arange(64) + 0.5) / 64 - 0.5) * BOX_SIDE_M
    y, x, z = np.meshgrid(unit, unit, unit, indexing="ij")
    ball = 0.1 - np.sqrt(x**2 + (y + BOX_SIDE_M / 2) ** 2 + z**2)
    surface = extract_surface((DENSITY_SLOPE_PER_M * ball).astype(np.float32))
    mesh = trimesh.Trimesh(surface.vertices_head_m, surface.triangles)
    assert mesh.is_watertight
    assert mesh.volume == pytest.approx(2 / 3 * np.pi * 1e-3, rel=0.02)
    assert mesh.bounds[0, 1] == pytest.approx(-BOX_SIDE_M / 2, abs=1e-6)


def test_every_column_of_the_silhouette_is_filled_and_others_stay_empty() -> None:
    field = torch.full((2, 3, 8), -1000.0)
    field[0, 0] = torch.linspace(-5, -2, 8)
    field[0, 1] = torch.linspace(-5, 4, 8)
    filled = field + compute_column_lift(field)[..., None]
    assert filled[0, 0].max() == 1
    assert filled[0, 0].argmax() == 7
    assert torch.equal(filled[0, 1], field[0, 1])
    assert (filled[1] == -1000).all()


def test_the_picture_colours_what_it_shows_and_bleeds_no_background() -> None:
    rgba = np.zeros((64, 64, 4), np.uint8)
    rgba[:, :32] = [255, 0, 0, 255]
    painter = ProjectedPicture(rgba)
    assert np.allclose(painter.sample(np.array([[-0.2, 0, 0], [0.2, 0.1, 0]])), [1, 0, 0])
    assert compute_facing_share(np.array([1.0, 0.0, -1.0])).tolist() == [1, 0, 0]


def test_without_weights_it_says_how_to_get_some(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("panic3d.registry.PACKAGE", tmp_path)
    with pytest.raises(UserError, match="panic3d train reconstructor"):
        load(None)
