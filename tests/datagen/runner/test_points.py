"""Points with inside and outside, against trimesh's ray parity and closed forms."""

import io
from pathlib import Path

import numpy as np
import pytest
import trimesh

from helpers.requirements import needs_igl, require_engine
from panic3d.datagen.avatars.avatar import load_avatar
from panic3d.datagen.avatars.character.surfaces import build_coloured_mesh
from panic3d.datagen.avatars.options import AvatarOptions
from panic3d.datagen.runner.points import NEAR_DEVIATION_M, POINT_COUNT, sample_points
from panic3d.datagen.runner.sample import RenderOptions, render_sample
from panic3d.datagen.synth.generate import write_marked_character
from panic3d.geometry.mesh import ColouredMesh
from panic3d.geometry.winding import compute_winding_numbers

pytestmark = needs_igl


def two_balls() -> ColouredMesh:
    """A red one and, apart from it, a blue one."""
    red, blue = trimesh.creation.icosphere(4, 0.1), trimesh.creation.icosphere(4, 0.06)
    red.vertices += [0.05, 0, 0.1]
    blue.vertices += [-0.2, 0.1, -0.1]
    colours = np.repeat(np.array([[255, 0, 0], [0, 0, 255]], np.uint8), [len(red.vertices), len(blue.vertices)], axis=0)
    both = trimesh.util.concatenate([red, blue])
    return ColouredMesh(both.vertices.astype(np.float32), both.faces, colours)


def test_points_of_two_spheres_agree_with_their_closed_form() -> None:
    points = sample_points(two_balls(), "key")
    to_red = np.linalg.norm(points.xyz_head_m - [0.05, 0, 0.1], axis=1) - 0.1
    to_blue = np.linalg.norm(points.xyz_head_m - [-0.2, 0.1, -0.1], axis=1) - 0.06
    plain = np.minimum(abs(to_red), abs(to_blue)) > 1e-3  # facets lie a little inside their ball
    assert (points.inside == ((to_red < 0) | (to_blue < 0)))[plain].all()
    plain &= abs(abs(to_red) - abs(to_blue)) > 1e-3
    assert (points.rgb[:, 0] == np.where(abs(to_red) < abs(to_blue), 255, 0))[plain].all()
    near = np.minimum(abs(to_red), abs(to_blue))[POINT_COUNT // 2 :]
    assert np.sqrt((near**2).mean()) == pytest.approx(NEAR_DEVIATION_M, rel=0.1), (
        "one of three axes is across the surface"
    )
    assert 0.4 < points.inside[POINT_COUNT // 2 :].mean() < 0.55
    shares = np.histogram(points.xyz_head_m[: POINT_COUNT // 2, 1], 7, (-0.35, 0.35))[0] / (POINT_COUNT // 2)
    assert shares == pytest.approx(1 / 7, abs=0.02)


def test_the_key_is_the_seed() -> None:
    one, again, other = (sample_points(two_balls(), key, 256) for key in ("a", "a", "b"))
    assert one.to_npz() == again.to_npz() != other.to_npz()


def solid_angle_sum(corners: np.ndarray, point: np.ndarray) -> float:
    """In full turns (van Oosterom and Strackee, IEEE Trans. Biomed. Eng. 30(2), 1983, eq. 8)."""
    a, b, c = np.moveaxis(corners - point, 1, 0)
    la, lb, lc = (np.linalg.norm(v, axis=1) for v in (a, b, c))
    volume = np.einsum("ij,ij->i", a, np.cross(b, c))
    dots = la * lb * lc + (a * b).sum(1) * lc + (b * c).sum(1) * la + (c * a).sum(1) * lb
    return float(np.arctan2(volume, dots).sum() / (2 * np.pi))


def test_a_character_s_winding_numbers_are_sums_of_solid_angles(tmp_path: Path) -> None:
    path = tmp_path / "marked.vrm"
    write_marked_character(path, seed=7, vrm="1.0")
    mesh = build_coloured_mesh(load_avatar(path, AvatarOptions()).surfaces)
    points = sample_points(mesh, "key", 400).xyz_head_m
    corners = mesh.vertices_head_m[mesh.triangles].astype(np.float64)
    expected = np.array([solid_angle_sum(corners, point) for point in points.astype(np.float64)])
    numbers = compute_winding_numbers(mesh.vertices_head_m, mesh.triangles, points, "the test")
    assert np.median(np.abs(numbers - expected)) < 0.005 and np.abs(numbers - expected).max() < 0.1
    assert ((numbers > 0.5) == (expected > 0.5)).mean() > 0.99


def test_they_lie_in_the_sample(tmp_path: Path) -> None:
    require_engine("pyrender")
    path = tmp_path / "marked.vrm"
    write_marked_character(path, seed=7, vrm="1.0")
    options = RenderOptions(rig="ortho4", size=64, engine="pyrender", samples=1, points=True)
    members = render_sample(path, "key", options, threads=1)
    assert "mesh.glb" not in members
    with np.load(io.BytesIO(members["points.npz"])) as arrays:
        assert {name: (array.shape, array.dtype.name) for name, array in arrays.items()} == {
            "xyz": ((POINT_COUNT, 3), "float32"),
            "inside": ((POINT_COUNT,), "uint8"),
            "rgb": ((POINT_COUNT, 3), "uint8"),
        }
        skull = (np.abs(arrays["xyz"] - [0, 0.02, 0.0]) < 0.03).all(axis=1)
        assert arrays["inside"][skull].mean() > 0.95 and arrays["inside"][: POINT_COUNT // 2].mean() < 0.4
