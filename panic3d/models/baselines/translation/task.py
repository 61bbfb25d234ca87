"""CycleGAN and U-GAT-IT in training: unpaired crops of drawings and renders."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8
from lightning_fabric import Fabric
from torch import Tensor, nn

from panic3d.models.baselines.translation.config import AnyTrainConfig
from panic3d.models.baselines.translation.crops import draw_random_crops
from panic3d.models.baselines.translation.networks import TranslationDiscriminators, TranslationGenerators
from panic3d.models.baselines.translation.objectives import (
    TranslationDiscriminatorObjective,
    TranslationGeneratorObjective,
)
from panic3d.models.baselines.translation.translate import translate_portrait
from panic3d.models.baselines.translation.ugatit import LayerInstanceNorm
from panic3d.models.engine.devices import use_bf16
from panic3d.models.engine.task import StepResult
from panic3d.models.engine.update import Optimisation, Terms
from panic3d.models.line_removal.pairs import Pairs
from panic3d.models.line_removal.training.validation import PairValidation
from panic3d.models.portrait.alignment.similarity import AlignmentTargets

DOMAINS = ("drawing", "render")


class TranslationTask(PairValidation):
    """Generators and discriminators of both domains with their optimisers, and the pictures."""

    def __init__(
        self,
        fabric: Fabric,
        config: AnyTrainConfig,
        training: Pairs,
        validation: Pairs,
        face_frame: AlignmentTargets | None = None,
    ) -> None:
        self.fabric, self.config, self.validation, self.face_frame = fabric, config, validation, face_frame
        self.sheet_pairs = validation if len(validation) else Pairs.common(training.drawings, training.renders)
        self.pictures = {"drawing": training.drawings, "render": training.renders}
        self.generators, self.discriminators = TranslationGenerators(config), TranslationDiscriminators(config)
        self.buffers: dict[str, list[Tensor]] = {domain: [] for domain in DOMAINS}
        self.count = config.batch // fabric.world_size
        self.bf16 = use_bf16(config, fabric.device)
        objective = TranslationGeneratorObjective(self.generators, self.discriminators, config)
        self.generator = Optimisation(fabric, objective, config.optimiser)
        self.discriminator = Optimisation(
            fabric, TranslationDiscriminatorObjective(self.discriminators), config.optimiser
        )

    @property
    def model(self) -> nn.Module:
        """The generator from drawings to renders."""
        return self.generators["to_render"]

    def step(self, step: int, learning_rate: float) -> StepResult:
        config = self.config
        rng = np.random.Generator(np.random.PCG64([config.seed, step, self.fabric.global_rank]))
        crops = {
            domain: draw_random_crops(pictures, self.count, config.resized_px, config.crop_px, rng).to(
                self.fabric.device
            )
            for domain, pictures in self.pictures.items()
        }
        fakes: dict[str, Tensor] = {}

        def generator_terms(given: dict[str, Tensor]) -> Terms:
            with self._autocast():
                terms, made = self.generator.module(given)
            fakes.update(made)
            return terms

        self.discriminators.requires_grad_(False)
        metrics = self.generator([crops], generator_terms, learning_rate, step)
        for module in self.generators.modules():
            if isinstance(module, LayerInstanceNorm):
                module.rho.data.clamp_(0, 1)
        self.discriminators.requires_grad_(True)
        mixed_fakes = {domain: self._mix_with_buffer(domain, fakes[domain], rng) for domain in DOMAINS}

        def discriminator_terms(real: dict[str, Tensor]) -> Terms:
            with self._autocast():
                return self.discriminator.module(real, mixed_fakes)

        metrics |= self.discriminator([crops], discriminator_terms, learning_rate, step)
        return StepResult(metrics, self.generator.updated)

    def _autocast(self) -> Any:
        return torch.autocast(self.fabric.device.type, torch.bfloat16, enabled=self.bf16)

    def _mix_with_buffer(self, domain: str, fakes: Tensor, rng: np.random.Generator) -> Tensor:
        """Current fakes, half of them replaced by earlier ones if there are enough (Shrivastava et al., CVPR 2017)."""
        buffer, mixed = self.buffers[domain], []
        for fake in fakes:
            if len(buffer) < self.config.buffer:
                buffer.append(fake)
            elif buffer and rng.random() < 0.5:
                place = int(rng.integers(len(buffer)))
                fake, buffer[place] = buffer[place], fake
            mixed.append(fake)
        return torch.stack(mixed)

    def remove_lines(
        self, rgba: UInt8[np.ndarray, "512 512 4"], landmarks_px: Float[np.ndarray, "28 2"] | None
    ) -> UInt8[np.ndarray, "512 512 4"]:
        """Return a portrait translated to a render, by the current weights."""
        return translate_portrait(self.model, self.config, rgba)

    def list_training_keys(self) -> Sequence[str]:
        return [key for pictures in self.pictures.values() for key in pictures.keys]

    def state_dict(self) -> dict[str, Any]:
        return {
            "generators": self.generators.state_dict(),
            "discriminators": self.discriminators.state_dict(),
            "optimiser": self.generator.optimiser.state_dict(),
            "discriminator_optimiser": self.discriminator.optimiser.state_dict(),
            "buffers": self.buffers,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.generators.load_state_dict(state["generators"])
        self.discriminators.load_state_dict(state["discriminators"])
        self.generator.optimiser.load_state_dict(state["optimiser"])
        self.discriminator.optimiser.load_state_dict(state["discriminator_optimiser"])
        device = self.fabric.device
        self.buffers = {domain: [t.to(device) for t in kept] for domain, kept in state["buffers"].items()}

    def close(self) -> None:
        pass
