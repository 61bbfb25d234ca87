"""A mesh that is no regular file: the report leaves it out, and neither waits nor reads without end."""

import os
from pathlib import Path

import pytest

from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.avatars.gltf.mesh import read_gltf_mesh


def test_pipes_and_devices_are_no_meshes(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.glb")
    (tmp_path / "zeros.glb").symlink_to("/dev/zero")
    for name in ("pipe.glb", "zeros.glb"):
        with pytest.raises(AvatarError, match="expected a regular file"):
            read_gltf_mesh(tmp_path / name)
