"""Pieces, holes, handles and symmetry of meshes, against trimesh, Open3D and what is known of the shapes."""

import numpy as np
import open3d as o3d
import pytest
import trimesh
from scipy.spatial import cKDTree

from panic3d.benchmark.metrics.surface import EMPTY_SURFACE_DISTANCE_MM, TriangleSurface
from panic3d.benchmark.metrics.symmetry import FACE_CENTRE_M, FACE_HALF_SIZE_M, face_asymmetry_mm
from panic3d.benchmark.metrics.topology import MeshTopology, measure_topology

EMPTY = TriangleSurface(np.zeros((0, 3)), np.zeros((0, 3), np.int64))
BALL = trimesh.creation.icosphere(3, 0.1)
TORUS = trimesh.creation.torus(0.1, 0.03)


def make_surface(*meshes: trimesh.Trimesh) -> TriangleSurface:
    mesh = trimesh.util.concatenate(meshes)
    return TriangleSurface(np.asarray(mesh.vertices), np.asarray(mesh.faces))


def open_at(mesh: trimesh.Trimesh, *centres: tuple[float, float, float], radius: float = 0.03) -> trimesh.Trimesh:
    """A mesh without the triangles about some points."""
    away = np.linalg.norm(mesh.triangles_center[:, None] - np.array(centres), axis=2).min(1)
    return trimesh.Trimesh(mesh.vertices, mesh.faces[away > radius], process=False)


def make_tube(length: float) -> trimesh.Trimesh:
    """The side of a cylinder of radius 0.02, open at both ends."""
    mesh = trimesh.creation.cylinder(0.02, length, sections=32)
    return trimesh.Trimesh(mesh.vertices, mesh.faces[np.abs(mesh.face_normals[:, 2]) < 0.5], process=False)


def make_moebius() -> trimesh.Trimesh:
    around = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    axes = np.stack([np.cos(around), np.sin(around)])
    reach = np.outer([-0.01, 0.01], np.cos(around / 2)) + 0.1
    rows = [np.column_stack([*(r * axes), s * np.sin(around / 2)]) for r, s in zip(reach, (-0.01, 0.01), strict=True)]
    faces = []
    for i in range(60):
        j, twisted = (i + 1) % 60, i == 59
        a, b, c, d = i, 60 + i, (60 + j if twisted else j), (j if twisted else 60 + j)
        faces += [[a, b, c], [b, d, c]]
    return trimesh.Trimesh(np.concatenate(rows), faces, process=False)


SHEET = trimesh.Trimesh([[0, 0, 0], [0.02, 0, 0], [0.02, 0.2, 0.02], [0, 0.2, 0.02]], [[0, 1, 2], [0, 2, 3]])
CASES = {
    "ball": ([BALL], MeshTopology(1, 0, 0.0, 0)),
    "torus": ([TORUS], MeshTopology(1, 0, 1.0, 0)),
    "two balls": ([BALL, BALL.copy().apply_translation([1, 0, 0])], MeshTopology(2, 0, 0.0, 0)),
    "ball and torus": ([BALL, TORUS.copy().apply_translation([1, 0, 0])], MeshTopology(2, 0, 1.0, 0)),
    "ball with a hole": ([open_at(BALL, (0, 0.1, 0))], MeshTopology(1, 1, 0.0, 0)),
    "ball with three holes": ([open_at(BALL, (0, 0.1, 0), (0, -0.1, 0), (0.1, 0, 0))], MeshTopology(1, 3, 0.0, 0)),
    "torus with a hole": ([open_at(TORUS, (0.13, 0, 0))], MeshTopology(1, 1, 1.0, 0)),
    "sheet": ([SHEET], MeshTopology(1, 0, 0.0, 0)),
    "ball with a hole, and a sheet": ([open_at(BALL, (0, 0.1, 0)), SHEET], MeshTopology(2, 1, 0.0, 0)),
    "long tube": ([make_tube(0.3)], MeshTopology(1, 2, 0.0, 0)),
    "ring": ([make_tube(0.02)], MeshTopology(1, 0, 0.0, 0)),
    "Moebius strip": ([make_moebius()], MeshTopology(1, 0, 0.5, 0)),
}


@pytest.mark.parametrize("name", CASES)
def test_known_shapes(name: str) -> None:
    meshes, expected = CASES[name]
    surface = make_surface(*meshes)
    assert measure_topology(surface) == expected
    shuffled = np.random.default_rng(0).permutation(surface.triangles)
    separate = TriangleSurface(surface.vertices_m[shuffled].reshape(-1, 3), np.arange(3 * len(shuffled)).reshape(-1, 3))
    assert measure_topology(separate) == expected, "vertices are joined by place"


@pytest.mark.parametrize("name", CASES)
def test_other_libraries_agree(name: str) -> None:
    surface = make_surface(*CASES[name][0])
    mine = measure_topology(surface)
    mesh = trimesh.Trimesh(surface.vertices_m, surface.triangles)
    assert mine.components == len(mesh.split(only_watertight=False))
    loops = len(trimesh.graph.connected_components(open_edges) if len(open_edges := find_open_edges(mesh)) else [])
    assert mesh.euler_number == 2 * mine.components - 2 * mine.genus - loops
    if mesh.is_watertight:
        assert mine.holes == 0
    other = o3d.geometry.TriangleMesh(o3d.utility.Vector3dVector(mesh.vertices), o3d.utility.Vector3iVector(mesh.faces))
    assert mine.nonmanifold_edges == len(other.get_non_manifold_edges(allow_boundary_edges=True))


def find_open_edges(mesh: trimesh.Trimesh) -> np.ndarray:
    return mesh.edges_sorted[trimesh.grouping.group_rows(mesh.edges_sorted, require_count=1)]


def test_edges_with_three_triangles() -> None:
    fin = trimesh.Trimesh([[0, 0, 0], [0, 0, 0.1], *([np.cos(a), np.sin(a), 0] for a in (0, 2, 4))], process=False,
                          faces=[[0, 1, 2], [0, 1, 3], [0, 1, 4]])  # fmt: skip
    other = o3d.geometry.TriangleMesh(o3d.utility.Vector3dVector(fin.vertices), o3d.utility.Vector3iVector(fin.faces))
    found = measure_topology(make_surface(fin))
    assert found == MeshTopology(1, 0, 0.0, 1)
    assert len(other.get_non_manifold_edges(allow_boundary_edges=True)) == 1


def test_balls_that_touch_in_a_point_or_an_edge() -> None:
    box = trimesh.creation.box((0.1, 0.1, 0.1))
    at_vertex = make_surface(box, box.copy().apply_translation([0.1, 0.1, 0.1]))
    assert measure_topology(at_vertex) == MeshTopology(1, 0, 0.0, 0)
    at_edge = make_surface(box, box.copy().apply_translation([0.1, 0.1, 0]))
    assert measure_topology(at_edge) == MeshTopology(1, 0, 0.0, 1)


def test_an_empty_mesh() -> None:
    assert measure_topology(EMPTY) == MeshTopology(0, 0, 0.0, 0)
    assert face_asymmetry_mm(EMPTY) == EMPTY_SURFACE_DISTANCE_MM


def make_head(bump_m: float = 0.0) -> TriangleSurface:
    """A ball, the character's left half of which has `bump_m` more in z where it faces the front."""
    mesh = trimesh.creation.icosphere(5, 0.15)
    vertices = mesh.vertices.copy()
    vertices[:, 2] += np.where((vertices[:, 0] > 0.001) & (vertices[:, 2] > 0), bump_m, 0)
    return TriangleSurface(vertices, mesh.faces)


def test_symmetry_of_balls() -> None:
    assert face_asymmetry_mm(make_head()) < 0.05
    shifted = make_head()
    away = face_asymmetry_mm(TriangleSurface(shifted.vertices_m + np.array([0.004, 0, 0]), shifted.triangles))
    # A ball that is shifted by d lies 2 d n_x beside its mirror image: n is the normal at each point of the face.
    steps = np.linspace(-1, 1, 801)
    x, y = (axis[np.hypot(*np.meshgrid(steps, steps)) <= 1] for axis in np.meshgrid(steps, steps))
    x, y = FACE_CENTRE_M[0] + FACE_HALF_SIZE_M[0] * x, FACE_CENTRE_M[1] + FACE_HALF_SIZE_M[1] * y
    assert away == pytest.approx(1000 * np.sqrt(((2 * 0.004 * (x - 0.004) / 0.15) ** 2).mean()), rel=0.05)
    assert face_asymmetry_mm(
        TriangleSurface(shifted.vertices_m + np.array([1.0, 0, 0]), shifted.triangles)
    ) == pytest.approx(EMPTY_SURFACE_DISTANCE_MM)


def test_symmetry_by_nearest_samples() -> None:
    """The same distance from dense samples with scipy, on a ball with a bump on one side."""
    surface = make_head(0.006)
    found = face_asymmetry_mm(surface)
    mesh = trimesh.Trimesh(surface.vertices_m, surface.triangles)
    points = trimesh.sample.sample_surface(mesh, 400_000, seed=1)[0]
    steps = np.linspace(-1, 1, 60)
    u, v = (axis[np.hypot(*np.meshgrid(steps, steps)) <= 1] for axis in np.meshgrid(steps, steps))
    starts = np.column_stack(
        [FACE_CENTRE_M[0] + FACE_HALF_SIZE_M[0] * u, FACE_CENTRE_M[1] + FACE_HALF_SIZE_M[1] * v, np.full(len(u), 0.5)]
    )
    rays = np.tile([0.0, 0.0, -1.0], (len(starts), 1))
    locations, index, _ = mesh.ray.intersects_location(starts, rays, multiple_hits=True)
    front = np.full((len(starts), 3), -np.inf)
    for place, at in zip(locations, index, strict=True):
        front[at] = max(front[at].tolist(), place.tolist(), key=lambda point: point[2])
    expected = 1000 * np.sqrt((cKDTree(points).query(front * [-1, 1, 1])[0] ** 2).mean())
    assert found == pytest.approx(expected, rel=0.06)
    assert found > 3
