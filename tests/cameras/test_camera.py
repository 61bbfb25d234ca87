"""Cameras against scipy's rotations and against each other."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from panic3d.cameras.axes import LANDMARK_MIRROR
from panic3d.cameras.camera import Camera
from panic3d.cameras.rigs import RIGS, list_rig_views, make_view_camera


@pytest.mark.parametrize("view", [*RIGS["ortho5"], *RIGS["spin12"], *RIGS["cam60"], *RIGS["persp8"]])
def test_poses_are_the_paper_s_euler_angles(view: str) -> None:
    camera = make_view_camera(view, key="someone-01234567")
    turn = Rotation.from_euler("xyz", [-camera.elevation_deg, camera.azimuth_deg, 0], degrees=True).as_matrix()
    pose = camera.head_from_camera()
    assert np.allclose(pose[:3, :3], turn @ np.diag([1, -1, -1]), atol=1e-9)
    assert np.allclose(pose[:3, 3], turn @ [0, 0, 1.0])
    assert np.linalg.det(pose[:3, :3]) == pytest.approx(1)


@pytest.mark.parametrize("view", ["front", "left", "top", "spin030", "cam05", "persp3"])
def test_rays_run_through_their_pixels_at_their_depth(view: str) -> None:
    camera = make_view_camera(view, key="someone-01234567")
    origins, directions = camera.rays(16)
    seen = camera.project((origins + 0.9 * directions).reshape(-1, 3), 16)
    column, row = np.meshgrid(np.arange(16) + 0.5, np.arange(16) + 0.5)
    assert np.allclose(seen, np.stack([column.ravel(), row.ravel(), np.full(256, 0.9)], axis=1))
    window = slice(3, 7), slice(2, 13)
    assert all(
        (part == whole[window]).all() for part, whole in zip(camera.rays(16, window), camera.rays(16), strict=True)
    )


def test_left_sees_the_left_side_and_top_has_the_back_upwards() -> None:
    left_ear, nose = np.array([[0.1, 0.0, 0.0]]), np.array([[0.0, 0.0, 0.1]])
    assert make_view_camera("front").project(left_ear, 512)[0, 0] > 256, "the character's left is image-right in front"
    assert make_view_camera("left").project(left_ear, 512)[0, 2] == pytest.approx(0.9), "and nearest to the left camera"
    assert make_view_camera("left").project(nose, 512)[0, 0] < 256, "which sees the nose on image-left"
    assert make_view_camera("top").project(nose, 512)[0, 1] > 256, "and from the top the nose points down"


def test_rigs_give_their_cameras_by_name() -> None:
    assert list_rig_views("ortho4,spin12")[:5] == ("front", "left", "back", "right", "spin000")
    assert make_view_camera("cam42") == Camera("persp", 0.0, 0.0, fov_deg=30.0), "index 42 is the paper's frontal view"
    assert make_view_camera("persp0", "a") != make_view_camera("persp0", "b"), "random views belong to the key"
    assert make_view_camera("persp0", "a") == make_view_camera("persp0", "a")
    with pytest.raises(ValueError, match="unknown rig 'ortho6': choose from ortho4"):
        list_rig_views("ortho6")


def test_mirroring_the_landmarks_twice_changes_nothing() -> None:
    mirror = np.array(LANDMARK_MIRROR)
    assert (mirror[mirror] == np.arange(28)).all()
