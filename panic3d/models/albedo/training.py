"""`panic3d train albedo`: the colours of renders from drawings of the same characters."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8
from lightning_fabric import Fabric
from torch import Tensor

from panic3d.datasets.cache import CachedArrays
from panic3d.models.albedo.config import AlbedoTrainConfig
from panic3d.models.albedo.network import AlbedoNetwork
from panic3d.models.albedo.pairs import load_pairs
from panic3d.models.engine.loop import run_training
from panic3d.models.engine.task import NetworkTask
from panic3d.models.engine.update import Terms
from panic3d.models.engine.validation import choose_validation
from panic3d.models.portrait.alignment.similarity import FACE_RECORD, AlignmentTargets
from panic3d.models.portrait.front_faces import measure_face_frame

SHEET_PAIRS = 6


def train(data: Path, run: Path, config: AlbedoTrainConfig, resume: bool) -> None:
    """Train on a dataset folder into a run folder. Raises UserError if no sample has a drawing and a render."""
    cache = Path(config.cache) if config.cache else run / "cache"
    pairs = load_pairs(data, cache, config.pixels)
    frame = measure_face_frame(data, pairs.keys)
    run_training(lambda fabric: AlbedoTask(fabric, config, pairs, frame), run, config, resume)


class AlbedoTask(NetworkTask):
    """The network, its pairs and its loss."""

    config: AlbedoTrainConfig
    best_by = ("psnr",)

    def __init__(
        self, fabric: Fabric, config: AlbedoTrainConfig, pairs: CachedArrays, face_frame: AlignmentTargets | None
    ) -> None:
        super().__init__(fabric, config, AlbedoNetwork(config.model))
        count, self.face_frame = len(pairs.keys), face_frame
        self.pairs, self.validation = pairs, choose_validation(count, config.validation)
        self.training = np.setdiff1d(np.arange(count), self.validation)

    def losses(self, step: int) -> Terms:
        random = self.random(step)
        chosen = random.choice(self.training, self.share)
        drawing, render = self.read(chosen, random.random(self.share) < 0.5)
        difference = (self.network(drawing) - render[:, :3]).abs() * render[:, 3:]
        return {"colour": difference.sum() / (3 * render[:, 3:].sum()).clamp(min=1)}

    def read(
        self, chosen: Sequence[int] | np.ndarray, mirrored: Sequence[bool] | np.ndarray
    ) -> tuple[Float[Tensor, "B 4 S S"], Float[Tensor, "B 4 S S"]]:
        """Return drawings and renders in [0, 1], some of them mirrored."""
        found = []
        for name in ("drawing", "render"):
            rows = [self.pairs.arrays[name][i] for i in chosen]
            turned = [row[:, ::-1] if flip else row for row, flip in zip(rows, mirrored, strict=True)]
            pictures = torch.from_numpy(np.stack(turned)).permute(0, 3, 1, 2)
            found.append(pictures.to(self.fabric.device).float() / 255)
        return found[0], found[1]

    def list_validation_keys(self) -> Sequence[str]:
        return [self.pairs.keys[i] for i in self.validation]

    def score_samples(self, chosen: Sequence[int]) -> list[dict[str, float]]:
        """Return the PSNR, in dB, of each drawing and of its predicted colours, inside the silhouette."""
        return [self._score(self.validation[place]) for place in chosen]

    def _score(self, index: int) -> dict[str, float]:
        drawing, render = self.read([index], [False])
        shown, scores = render[0, 3] > 0.5, {}
        for name, colours in (("psnr_drawing", drawing[0, :3]), ("psnr", self.model(drawing)[0])):
            error = (colours - render[0, :3])[:, shown].square().mean()
            scores[name] = -10 * float(torch.log10(error.clamp(min=1e-10)))
        return scores

    def sample_sheet(self) -> UInt8[np.ndarray, "H W 3"]:
        """Return rows of a drawing, its predicted colours and its render."""
        chosen = self.validation[:SHEET_PAIRS] or [*range(min(SHEET_PAIRS, len(self.pairs.keys)))]
        drawing, render = self.read(chosen, [False] * len(chosen))
        alpha = render[:, 3:]
        shown = [colours * alpha + 1 - alpha for colours in (drawing[:, :3], self.model(drawing), render[:, :3])]
        sheet = torch.cat(shown, dim=3).permute(0, 2, 3, 1).flatten(0, 1)
        return (sheet * 255).round().byte().cpu().numpy()

    def facts(self) -> dict[str, Any]:
        frame = None if self.face_frame is None else asdict(self.face_frame)
        return {"pairs": len(self.training), FACE_RECORD: frame}

    def list_training_keys(self) -> Sequence[str]:
        return [self.pairs.keys[i] for i in self.training]
