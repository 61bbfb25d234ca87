"""The line remover in training: patches are painted over and discriminated, unpaired as published."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from lightning_fabric import Fabric
from torch import Tensor, nn

from panic3d.models.engine.devices import use_bf16
from panic3d.models.engine.task import StepResult
from panic3d.models.engine.update import Optimisation, Terms
from panic3d.models.line_removal.networks import LineRemovalNetworks
from panic3d.models.line_removal.pairs import Pairs, match_tone
from panic3d.models.line_removal.remove import find_lines, paint_over
from panic3d.models.line_removal.training.config import LineRemovalTrainConfig
from panic3d.models.line_removal.training.losses import adversarial_loss, identity_loss
from panic3d.models.line_removal.training.patches import Patches, PatchSource, recolour, sample_colour_mixing
from panic3d.models.line_removal.training.validation import PairValidation
from panic3d.models.portrait.alignment.similarity import AlignmentTargets

Masked = tuple[Float[Tensor, "B 3 P P"], Bool[Tensor, "B P P"]]
"""Patches and their hulls."""
FakeAndReal = tuple[Masked, Masked]


class LineRemovalGeneratorObjective(nn.Module):
    """The generator and its terms."""

    def __init__(self, model: LineRemovalNetworks, config: LineRemovalTrainConfig) -> None:
        super().__init__()
        self.generator, self.config = model.generator, config
        self.networks = (model,)  # in a tuple, so that the discriminator's parameters are not this module's

    def forward(
        self, drawn: Patches, rendered: Patches, target: Float[Tensor, "B 3 P P"] | None
    ) -> tuple[Terms, FakeAndReal]:
        """Return terms, and the discriminator's input: fake and real patches, both painted, as published."""
        model, config = self.networks[0], self.config
        painted, real_painted = model(*drawn), model(*rendered)
        kept, given = (painted, drawn) if config.identity_on == "drawings" else (real_painted, rendered)
        terms = {"identity": config.identity * identity_loss(kept, given.rgb).mean()}
        if config.adversarial:
            logits = model.discriminate(painted, drawn.hull)
            real = torch.ones(len(logits), dtype=torch.bool, device=logits.device)
            loss = adversarial_loss(logits, real, config.fake_target, config.real_target)
            terms["adversarial"] = config.adversarial * loss.mean()
        if target is not None:
            terms["paired"] = config.paired * identity_loss(painted, target).mean()
        return terms, ((painted.detach(), drawn.hull), (real_painted.detach(), rendered.hull))


class LineRemovalDiscriminatorObjective(nn.Module):
    """The discriminator and its terms."""

    def __init__(self, model: LineRemovalNetworks, config: LineRemovalTrainConfig) -> None:
        super().__init__()
        self.discriminator, self.config = model.discriminator, config
        self.networks = (model,)

    def forward(self, patches: FakeAndReal) -> Terms:
        """Return the terms of fake and of real patches."""
        terms = {}
        for name, (rgb, hull) in zip(("fake", "real"), patches, strict=True):
            logits = self.networks[0].discriminate(rgb, hull)
            label = torch.full((len(logits),), name == "real", device=logits.device)
            loss = adversarial_loss(logits, label, self.config.fake_target, self.config.real_target)
            terms[f"discriminator_{name}"] = loss.mean() / 2
        return terms


class LineRemovalTask(PairValidation):
    """Both networks with their optimisers, and the pictures."""

    def __init__(
        self,
        fabric: Fabric,
        config: LineRemovalTrainConfig,
        training: Pairs,
        validation: Pairs,
        face_frame: AlignmentTargets | None = None,
    ) -> None:
        """`training` holds drawings and renders, of the same characters only with `config.paired`."""
        self.fabric, self.config, self.validation, self.face_frame = fabric, config, validation, face_frame
        self.sheet_pairs = validation if len(validation) else Pairs.common(training.drawings, training.renders)
        self.training_keys = (*training.drawings.keys, *training.renders.keys)
        self.networks = LineRemovalNetworks(config.model)
        self.drawn, self.rendered = (
            PatchSource(pictures, config.patch_px, config.mask) for pictures in (training.drawings, training.renders)
        )
        self.count = config.batch // fabric.world_size
        self.bf16 = use_bf16(config, fabric.device)
        self.generator = Optimisation(fabric, LineRemovalGeneratorObjective(self.networks, config), config.optimiser)
        self.discriminator: Optimisation | None = None
        if config.adversarial:
            self.discriminator = Optimisation(
                fabric, LineRemovalDiscriminatorObjective(self.networks, config), config.optimiser
            )

    @property
    def model(self) -> nn.Module:
        """The generator, whose tensors are named as in the published checkpoint."""
        return self.generator.module.module

    def step(self, step: int, learning_rate: float) -> StepResult:
        patches = self._sample(step)
        self.networks.train()
        self.networks.discriminator.requires_grad_(False)
        fakes_and_reals: list[FakeAndReal] = []

        def generator_terms(part: tuple[Patches, Patches, Tensor | None]) -> Terms:
            with self._autocast():
                terms, painted = self.generator.module(*part)
            fakes_and_reals.append(painted)
            return terms

        def discriminator_terms(part: FakeAndReal) -> Terms:
            assert self.discriminator is not None
            with self._autocast():
                return self.discriminator.module(part)

        metrics = self.generator([patches], generator_terms, learning_rate, step)
        if self.discriminator is not None:
            self.networks.discriminator.requires_grad_(True)
            metrics |= self.discriminator(fakes_and_reals, discriminator_terms, learning_rate, step)
        return StepResult(metrics, self.generator.updated)

    def _autocast(self) -> Any:
        return torch.autocast(self.fabric.device.type, torch.bfloat16, enabled=self.bf16)

    def _sample(self, step: int) -> tuple[Patches, Patches, Tensor | None]:
        """Drawn patches, rendered patches and, for paired training, the drawn ones as they should be."""
        config = self.config
        rng = np.random.Generator(np.random.PCG64([config.seed, step, self.fabric.global_rank]))
        places, render_places = (
            source.sample_places(self.count, config.patches_a_picture, rng) for source in (self.drawn, self.rendered)
        )
        drawn, rendered = self.drawn.patches(places), self.rendered.patches(render_places)
        target, source = None, self.drawn
        if config.render_lines == "drawings":
            rendered = Patches(rendered.rgb, drawn.infill & ~rendered.hull, rendered.hull)
        if config.drawn_patches == "renders":
            source, places = self.rendered, self.rendered.sample_places(self.count, config.patches_a_picture, rng)
            drawn = self.rendered.patches(places)
        if config.model.fill:
            drawn = source.fill_lines(drawn, places)
            rendered = self.rendered.fill_lines(rendered, render_places)
        if config.paired:
            same_render = self.rendered.patches(places)
            if config.model.fill:
                same_render = self.rendered.fill_lines(
                    same_render._replace(infill=torch.zeros_like(same_render.infill)), places
                )
            target = match_tone(same_render.rgb, drawn.rgb, drawn.infill)
        if config.recolouring:
            mixing = sample_colour_mixing(self.count, config.recolouring, rng)
            drawn, rendered = (Patches(recolour(p.rgb, mixing), p.infill, p.hull) for p in (drawn, rendered))
            target = None if target is None else recolour(target, mixing)
        device = self.fabric.device
        moved = [Patches(*(tensor.to(device) for tensor in patches)) for patches in (drawn, rendered)]
        return moved[0], moved[1], None if target is None else target.to(device)

    def remove_lines(
        self, rgba: UInt8[np.ndarray, "512 512 4"], landmarks_px: Float[np.ndarray, "28 2"] | None
    ) -> UInt8[np.ndarray, "512 512 4"]:
        """Return a portrait without its lines, by the current weights."""
        lines = find_lines(rgba, landmarks_px, self.config.mask)
        device = self.fabric.device

        def paint(*given: Tensor) -> Tensor:
            return self.networks(*(tensor.to(device) for tensor in given)).cpu()

        return paint_over(rgba, lines, paint, self.config.model.fill)

    def list_training_keys(self) -> Sequence[str]:
        return self.training_keys

    def state_dict(self) -> dict[str, Any]:
        state = {"networks": self.networks.state_dict(), "optimiser": self.generator.optimiser.state_dict()}
        if self.discriminator is not None:
            state["discriminator_optimiser"] = self.discriminator.optimiser.state_dict()
        return state

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.networks.load_state_dict(state["networks"])
        self.generator.optimiser.load_state_dict(state["optimiser"])
        if self.discriminator is not None:
            self.discriminator.optimiser.load_state_dict(state["discriminator_optimiser"])

    def close(self) -> None:
        pass
