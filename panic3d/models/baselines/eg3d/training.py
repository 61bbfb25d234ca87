"""`panic3d train eg3d`: the reconstructor's loop; what is shown and scored on the way are samples."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from panic3d.cameras.rigs import camera_of
from panic3d.datasets.multiview import VIEWS, draw
from panic3d.models.baselines.eg3d.config import Eg3dTrainConfig, check
from panic3d.models.baselines.eg3d.generator import Generator
from panic3d.models.baselines.eg3d.looking import pictures_of, true_pictures
from panic3d.models.baselines.eg3d.similarity import features, kernel_distance
from panic3d.models.baselines.eg3d.steps import Eg3dSteps
from panic3d.models.engine import files
from panic3d.models.engine.loop import Run, launch, views_of
from panic3d.models.reconstructor.training.volume_views import rendered

SHOWN, SCORED, AT_ONCE = 8, 128, 16
LATENT_SEED = 0
SHEET_VIEWS = ("front", "left", "back")


def train(data: Path, run: Path, config: Eg3dTrainConfig, resume: bool) -> None:
    """Trains on a dataset folder into a run folder (FORMATS: a training run)."""
    check(config)
    launch(Eg3dRun, data, run, config, resume)


class Eg3dRun(Run[Eg3dTrainConfig]):
    """One process's part of a run."""

    def network(self) -> Generator:
        return Generator(self.config.model)

    def learning(self) -> Eg3dSteps:
        keys = self.training.keys
        return Eg3dSteps(self.fabric, self.config, self.network(), keys, None, None, self.bf16, self._say)

    def views(self) -> tuple[str, ...]:
        return views_of(self.data, perspective=self.config.renderer == "volume")

    def _validate(self) -> None:
        """A sheet of samples over characters, and the kernel distance of the two kinds' pictures."""
        if not self.fabric.is_global_zero:
            return
        size, model = self.config.adversarial.network.size, self._averaged()
        assert isinstance(model, Generator)
        z = torch.randn(SCORED, self.config.model.backbone.z_dim, generator=torch.Generator().manual_seed(LATENT_SEED))
        z = z[: SCORED if self.lpips is not None else SHOWN].to(self.fabric.device)
        ours = torch.cat([samples(model, some, self.config) for some in z.split(AT_ONCE)])
        chosen = [(2 * i + 1) * len(self.training) // (2 * len(z)) for i in range(len(z))]
        true = torch.cat([
            true_pictures(draw(self.training, [(i, False)]).to(self.fabric.device), size)[:, :, :3] for i in chosen
        ])  # fmt: skip
        columns = [VIEWS.index(view) for view in SHEET_VIEWS]
        path = self.folder / files.SAMPLES / f"step-{self.step:07d}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(grid(torch.cat([ours[:SHOWN, columns], true[:SHOWN:2, columns]]))).save(path)
        if self.lpips is not None:
            sides = [features(self.lpips, pictures.flatten(0, 1)) for pictures in (ours, true)]
            record = {"step": self.step, "seconds": round(self.seconds, 2)}
            self._log(record | {"validation_kernel_distance": kernel_distance(*sides)})


@torch.no_grad()
def samples(
    model: Generator, z: Float[Tensor, "B Z"], config: Eg3dTrainConfig, truncation: float = 1.0
) -> Float[Tensor, "B 4 3 S S"]:
    """The four views in [-1, 1] at the discriminator's size."""
    encoded = model.synthesised(model.everywhere(model.mapped(z, truncation)), "const")
    if config.renderer == "lattice":
        return pictures_of(encoded, model.decoder, config.adversarial.network.size)[:, :, :3]
    views = [rendered(model, encoded, [camera_of(view)] * len(z), config.volume).rgb for view in VIEWS]
    return 2 * torch.stack(views, dim=1) - 1


def grid(pictures: Float[Tensor, "B V 3 S S"]) -> np.ndarray:
    """A column a head, its views one under another."""
    whole = pictures.permute(1, 3, 0, 4, 2).flatten(0, 1).flatten(1, 2)
    return ((whole / 2 + 0.5).clamp(0, 1) * 255).round().byte().cpu().numpy()
