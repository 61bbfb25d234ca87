"""`panic3d train eg3d`: the reconstructor's data, and scores of generated samples."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from lightning_fabric import Fabric
from torch import Tensor

from panic3d.cameras.rigs import make_view_camera
from panic3d.datasets.multiview import VIEWS, read_batch
from panic3d.models.baselines.eg3d.config import Eg3dTrainConfig, check_settings
from panic3d.models.baselines.eg3d.generator import Eg3dGenerator
from panic3d.models.baselines.eg3d.pictures import make_real_pictures, render_pictures
from panic3d.models.baselines.eg3d.similarity import compute_kernel_distance, compute_picture_features
from panic3d.models.baselines.eg3d.step import Eg3dStep
from panic3d.models.engine.loop import run_training
from panic3d.models.reconstructor.training.data import list_available_views
from panic3d.models.reconstructor.training.task import MEMORY_ADVICE, MultiviewTask
from panic3d.models.reconstructor.training.volume.views import render_view

SHEET_SAMPLES, SCORED_SAMPLES, SAMPLES_AT_ONCE = 8, 128, 16
LATENT_SEED = 0
SHEET_VIEWS = ("front", "left", "back")
FeaturePair = tuple[Float[np.ndarray, "4 F"], Float[np.ndarray, "4 F"]]
"""Of the views of a sample and of a character."""


def train(data: Path, run: Path, config: Eg3dTrainConfig, resume: bool) -> None:
    """Train EG3D on a dataset folder into a run folder. Raises UserError for settings that conflict."""
    check_settings(config)
    run_training(lambda fabric: Eg3dTask(fabric, data, run, config), run, config, resume, MEMORY_ADVICE)


class Eg3dTask(MultiviewTask):
    """A generator that is trained by a discriminator; validation scores random samples of it."""

    config: Eg3dTrainConfig
    best_by = ("-kernel_distance",)

    def __init__(self, fabric: Fabric, data: Path, run: Path, config: Eg3dTrainConfig) -> None:
        super().__init__(fabric, data, run, config, list_available_views(data, False, config.renderer == "volume"))

    def build_step(self) -> Eg3dStep:
        cameras = self.data.pictured_cameras
        return Eg3dStep(self.fabric, self.config, Eg3dGenerator(self.config.model), cameras, None, None, self.bf16)

    def list_validation_keys(self) -> Sequence[str]:
        """Return the names of the generator's samples that are scored; none without LPIPS weights."""
        return [] if self.lpips is None else [f"sample {i}" for i in range(SCORED_SAMPLES)]

    def score_samples(self, chosen: Sequence[int]) -> list[FeaturePair]:
        """Return the features of the four views of samples, and of as many characters of the training set."""
        assert self.lpips is not None
        records: list[FeaturePair] = []
        for first in range(0, len(chosen), SAMPLES_AT_ONCE):
            some = chosen[first:][:SAMPLES_AT_ONCE]
            pictures = self._samples(some), self._characters(some, SCORED_SAMPLES)
            found = [compute_picture_features(self.lpips, p.flatten(0, 1)).cpu().numpy() for p in pictures]
            records += zip(*(features.reshape(len(some), len(VIEWS), -1) for features in found), strict=True)
        return records

    def summarise_scores(self, records: Sequence[FeaturePair]) -> dict[str, float]:
        """Return the kernel distance between features of samples and of characters."""
        ours, true = (torch.from_numpy(np.concatenate(rows)) for rows in zip(*records, strict=True))
        return {"kernel_distance": compute_kernel_distance(ours, true)}

    def sample_sheet(self) -> UInt8[np.ndarray, "H W 3"]:
        """Draw samples, and to their right characters of the training set."""
        columns = [VIEWS.index(view) for view in SHEET_VIEWS]
        shown = range(SHEET_SAMPLES)
        ours, true = self._samples(shown), self._characters(shown, SHEET_SAMPLES)
        return draw_grid(torch.cat([ours[:, columns], true[::2, columns]]))

    def _samples(self, chosen: Sequence[int]) -> Float[Tensor, "N 4 3 S S"]:
        """Return samples of a sequence that is the same in all runs."""
        assert isinstance(self.model, Eg3dGenerator)
        generator = torch.Generator().manual_seed(LATENT_SEED)
        z = torch.randn(SCORED_SAMPLES, self.config.model.backbone.z_dim, generator=generator)[list(chosen)]
        parts = z.to(self.fabric.device).split(SAMPLES_AT_ONCE)
        return torch.cat([render_samples(self.model, some, self.config) for some in parts])

    def _characters(self, chosen: Sequence[int], count: int) -> Float[Tensor, "N 4 3 S S"]:
        """Return some of `count` characters that are spread over the training set."""
        training, size = self.data.training, self.config.adversarial.network.size
        places = [(2 * i + 1) * len(training) // (2 * count) for i in chosen]
        batches = (read_batch(training, [(i, False)]).to(self.fabric.device) for i in places)
        return torch.cat([make_real_pictures(batch, size)[:, :, :3] for batch in batches])


@torch.no_grad()
def render_samples(
    model: Eg3dGenerator, z: Float[Tensor, "B Z"], config: Eg3dTrainConfig, truncation: float = 1.0
) -> Float[Tensor, "B 4 3 S S"]:
    """Return the four views of latents in [-1, 1] at the discriminator's size."""
    encoded = model.synthesise(model.broadcast_w(model.map_latents(z, truncation)), "const")
    if config.renderer == "lattice":
        return render_pictures(encoded, model.decoder, config.adversarial.network.size)[:, :, :3]
    views = [render_view(model, encoded, [make_view_camera(view)] * len(z), config.volume).rgb for view in VIEWS]
    return 2 * torch.stack(views, dim=1) - 1


def draw_grid(pictures: Float[Tensor, "B V 3 S S"]) -> UInt8[np.ndarray, "H W 3"]:
    """Draw one column per head, its views one below the other."""
    whole = pictures.permute(1, 3, 0, 4, 2).flatten(0, 1).flatten(1, 2)
    return ((whole / 2 + 0.5).clamp(0, 1) * 255).round().byte().cpu().numpy()
