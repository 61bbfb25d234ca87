"""A method that gives every portrait a ball of a size that it draws from torch's random numbers."""

from collections.abc import Sequence

import numpy as np
import torch
import trimesh

from panic3d.cameras.camera import Camera
from panic3d.cameras.view import RenderedView
from panic3d.geometry.mesh import ColouredMesh
from panic3d.geometry.raycast import render_mesh
from panic3d.models.method import Portrait, Reconstruction


class RandomBall:
    """A ball as a reconstruction."""

    def __init__(self, radius_m: float) -> None:
        ball = trimesh.creation.icosphere(2, radius_m)
        colours = np.full((len(ball.vertices), 3), 90, np.uint8)
        self.ball = ColouredMesh(ball.vertices.astype(np.float32), ball.faces.astype(np.int64), colours)

    def render(self, cameras: Sequence[Camera], size: int) -> list[RenderedView]:
        return render_mesh(self.ball, list(cameras), size, 1)

    def mesh(self) -> ColouredMesh:
        return self.ball


class RandomBallMethod:
    """See the module."""

    def reconstruct(self, portrait: Portrait) -> Reconstruction:
        return RandomBall(0.1 + 0.1 * torch.rand(()).item())
