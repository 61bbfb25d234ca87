"""What a step of a rival's training does."""

from typing import Any

import numpy as np
import torch
from jaxtyping import UInt8
from lightning_fabric import Fabric
from torch import Tensor, nn

from panic3d.models.baselines.translation.config import AnyConfig
from panic3d.models.baselines.translation.crops import random_crops
from panic3d.models.baselines.translation.networks import Generators, Judges
from panic3d.models.baselines.translation.tasks import JudgingTask, TranslatingTask
from panic3d.models.baselines.translation.translate import translated
from panic3d.models.baselines.translation.ugatit import LayerInstanceNorm
from panic3d.models.engine.optimising import Terms, Update
from panic3d.models.line_removal.looking import sheet, validate
from panic3d.models.line_removal.pairs import Pairs

DOMAINS = ("drawing", "render")


class TranslationLearner:
    """Unpaired crops in, updates of generators and discriminators out."""

    def __init__(self, fabric: Fabric, config: AnyConfig, training: Pairs, validation: Pairs, say: Any) -> None:
        self.fabric, self.config, self.validation = fabric, config, validation
        self.pictures = {"drawing": training.drawings, "render": training.renders}
        self.generators, self.judges = Generators(config), Judges(config)
        self.buffers: dict[str, list[Tensor]] = {domain: [] for domain in DOMAINS}
        self.count = config.batch // fabric.world_size

        def update(task: nn.Module) -> Update:
            betas = config.beta1, config.beta2
            optimiser: Any = torch.optim.Adam(task.parameters(), config.learning_rate, betas, 1e-8, config.weight_decay)
            task, optimiser = fabric.setup(task, optimiser)
            return Update(fabric, task, optimiser, 0.0, say, "learning_rate")

        self.translating = update(TranslatingTask(self.generators, self.judges, config))
        self.judging = update(JudgingTask(self.judges))

    def step(self, step: int, rate_share: float) -> dict[str, float]:
        config, rate = self.config, self.config.learning_rate * rate_share
        rng = np.random.Generator(np.random.PCG64([config.seed, step, self.fabric.global_rank]))
        crops = {
            domain: random_crops(pictures, self.count, config.resized_px, config.crop_px, rng).to(self.fabric.device)
            for domain, pictures in self.pictures.items()
        }
        fakes: dict[str, Tensor] = {}

        def translating(given: dict[str, Tensor]) -> Terms:
            terms, made = self.translating.task(given)
            fakes.update(made)
            return terms

        self.judges.requires_grad_(False)
        losses = self.translating([crops], translating, rate, step)
        for module in self.generators.modules():
            if isinstance(module, LayerInstanceNorm):
                module.rho.data.clamp_(0, 1)
        self.judges.requires_grad_(True)
        shown = {domain: self._mixed(domain, fakes[domain], rng) for domain in DOMAINS}
        return losses | self.judging([crops], lambda real: self.judging.task(real, shown), rate, step)

    def _mixed(self, domain: str, fakes: Tensor, rng: np.random.Generator) -> Tensor:
        """Fakes of now, or, for half of them once there are enough, earlier ones (Shrivastava et al., CVPR 2017)."""
        buffer, mixed = self.buffers[domain], []
        for fake in fakes:
            if len(buffer) < self.config.buffer:
                buffer.append(fake)
            elif buffer and rng.random() < 0.5:
                place = int(rng.integers(len(buffer)))
                fake, buffer[place] = buffer[place], fake
            mixed.append(fake)
        return torch.stack(mixed)

    def cleaned(self, rgba: UInt8[np.ndarray, "512 512 4"], landmarks_px: Any) -> UInt8[np.ndarray, "512 512 4"]:
        """A portrait as the network of now translates it."""
        return translated(self.generators["to_render"], self.config, rgba)

    def validate(self) -> dict[str, float]:
        return validate(self.validation, self.cleaned)

    def sheet(self) -> UInt8[np.ndarray, "H W 3"]:
        return sheet(self.validation, self.cleaned)

    def weights(self) -> dict[str, Tensor]:
        """Of the generator that is asked for: from drawings to renders."""
        return {name: t.detach().clone() for name, t in self.generators["to_render"].state_dict().items()}

    def state_dict(self) -> dict[str, Any]:
        return {
            "generators": self.generators.state_dict(),
            "judges": self.judges.state_dict(),
            "translating": self.translating.optimiser.state_dict(),
            "judging": self.judging.optimiser.state_dict(),
            "buffers": self.buffers,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.generators.load_state_dict(state["generators"])
        self.judges.load_state_dict(state["judges"])
        self.translating.optimiser.load_state_dict(state["translating"])
        self.judging.optimiser.load_state_dict(state["judging"])
        device = self.fabric.device
        self.buffers = {domain: [t.to(device) for t in kept] for domain, kept in state["buffers"].items()}
