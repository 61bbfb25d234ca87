"""`panic3d train eg3d`: the reconstructor's data, and scores of generated samples."""

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


def train(data: Path, run: Path, config: Eg3dTrainConfig, resume: bool) -> None:
    """Train EG3D on a dataset folder into a run folder. Raises UserError for settings that conflict."""
    check_settings(config)
    run_training(lambda fabric: Eg3dTask(fabric, data, run, config), run, config, resume, MEMORY_ADVICE)


class Eg3dTask(MultiviewTask):
    """A generator that is trained by a discriminator; validation scores random samples of it."""

    config: Eg3dTrainConfig

    def __init__(self, fabric: Fabric, data: Path, run: Path, config: Eg3dTrainConfig) -> None:
        super().__init__(fabric, data, run, config, list_available_views(data, config.renderer == "volume"))

    def build_step(self) -> Eg3dStep:
        keys = self.data.training.keys
        return Eg3dStep(self.fabric, self.config, Eg3dGenerator(self.config.model), keys, None, None, self.bf16)

    def validate(self) -> dict[str, float]:
        """Return the kernel distance between features of samples and of characters; empty without LPIPS weights."""
        if self.lpips is None:
            return {}
        pictures = self._samples(SCORED_SAMPLES), self._characters(SCORED_SAMPLES)
        return {
            "kernel_distance": compute_kernel_distance(
                *(compute_picture_features(self.lpips, p.flatten(0, 1)) for p in pictures)
            )
        }

    def sample_sheet(self) -> UInt8[np.ndarray, "H W 3"]:
        """Draw samples, and to their right characters of the training set."""
        columns = [VIEWS.index(view) for view in SHEET_VIEWS]
        ours, true = self._samples(SHEET_SAMPLES), self._characters(SHEET_SAMPLES)
        return draw_grid(torch.cat([ours[:, columns], true[::2, columns]]))

    def _samples(self, count: int) -> Float[Tensor, "N 4 3 S S"]:
        """Return the first samples of a sequence that is the same in all runs."""
        assert isinstance(self.model, Eg3dGenerator)
        generator = torch.Generator().manual_seed(LATENT_SEED)
        z = torch.randn(SCORED_SAMPLES, self.config.model.backbone.z_dim, generator=generator)[:count]
        parts = z.to(self.fabric.device).split(SAMPLES_AT_ONCE)
        return torch.cat([render_samples(self.model, some, self.config) for some in parts])

    def _characters(self, count: int) -> Float[Tensor, "N 4 3 S S"]:
        training, size = self.data.training, self.config.adversarial.network.size
        chosen = [(2 * i + 1) * len(training) // (2 * count) for i in range(count)]
        batches = (read_batch(training, [(i, False)]).to(self.fabric.device) for i in chosen)
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
