"""`mean`: the mean training head, independent of the portrait."""

from pathlib import Path

from panic3d.geometry.depth_hull import extract_level_surface
from panic3d.geometry.mesh import ColouredMesh
from panic3d.geometry.raycast import MeshReconstruction
from panic3d.models.baselines.sanity.mean_head import MeanHead
from panic3d.models.baselines.sanity.training_heads import TrainingHeads
from panic3d.models.method import Method, Portrait, Reconstruction

LEVEL = 0.5


class MeanMethod:
    """The surface at level 0.5 of the mean occupancy of the training heads at 128^3, in their mean colours."""

    def __init__(self, mesh: ColouredMesh) -> None:
        self.reconstruction = MeshReconstruction(mesh)

    def reconstruct(self, portrait: Portrait) -> Reconstruction:
        return self.reconstruction


def load(weights: Path | None) -> Method:
    """Return the method with the training heads of a dataset folder. Raises UserError without one."""
    head = MeanHead.from_heads(TrainingHeads.open("mean", weights))
    return MeanMethod(extract_level_surface(head.occupancy, LEVEL, head.rgb))
