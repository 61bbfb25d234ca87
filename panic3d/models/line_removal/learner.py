"""What a step of the line remover's training does: paint and judge patches, unpaired as published."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from lightning_fabric import Fabric
from torch import Tensor, nn

from panic3d.models.engine.optimising import Update
from panic3d.models.line_removal.config import LineRemovalConfig
from panic3d.models.line_removal.looking import sheet, validate
from panic3d.models.line_removal.losses import adversarial_loss, identity_loss
from panic3d.models.line_removal.networks import LineRemover
from panic3d.models.line_removal.pairs import Pairs, tone_matched
from panic3d.models.line_removal.patches import Patches, PatchSource, recoloured, recolouring
from panic3d.models.line_removal.remove import find_lines, paint_over

Terms = dict[str, Float[Tensor, ""]]
Judgeable = tuple[Float[Tensor, "B 3 P P"], Bool[Tensor, "B P P"]]
"""Patches and their hulls."""
Painted = tuple[Judgeable, Judgeable]


class PaintingTask(nn.Module):
    """The generator and its terms."""

    def __init__(self, model: LineRemover, config: LineRemovalConfig) -> None:
        super().__init__()
        self.generator, self.config = model.generator, config
        self.aside = (model,)  # in a tuple: the discriminator is no part of this module's parameters

    def forward(
        self, drawn: Patches, rendered: Patches, target: Float[Tensor, "B 3 P P"] | None
    ) -> tuple[Terms, Painted]:
        """Terms, and what the discriminator is shown: fake and real patches, both painted, as published."""
        model, config = self.aside[0], self.config
        painted, real_painted = model(*drawn), model(*rendered)
        kept, given = (painted, drawn) if config.identity_on == "drawings" else (real_painted, rendered)
        terms = {"identity": config.identity * identity_loss(kept, given.rgb).mean()}
        if config.adversarial:
            logits = model.judged(painted, drawn.hull)
            real = torch.ones(len(logits), dtype=torch.bool, device=logits.device)
            loss = adversarial_loss(logits, real, config.fake_target, config.real_target)
            terms["adversarial"] = config.adversarial * loss.mean()
        if target is not None:
            terms["paired"] = config.paired * identity_loss(painted, target).mean()
        return terms, ((painted.detach(), drawn.hull), (real_painted.detach(), rendered.hull))


class JudgingTask(nn.Module):
    """The discriminator and its term."""

    def __init__(self, model: LineRemover, config: LineRemovalConfig) -> None:
        super().__init__()
        self.discriminator, self.config = model.discriminator, config
        self.aside = (model,)

    def forward(self, shown: Painted) -> Terms:
        terms = {}
        for name, (rgb, hull) in zip(("fake", "real"), shown, strict=True):
            logits = self.aside[0].judged(rgb, hull)
            label = torch.full((len(logits),), name == "real", device=logits.device)
            loss = adversarial_loss(logits, label, self.config.fake_target, self.config.real_target)
            terms[f"judge_{name}"] = loss.mean() / 2
        return terms


class LineRemovalLearner:
    """Patches in, updates of both networks out."""

    def __init__(self, fabric: Fabric, config: LineRemovalConfig, training: Pairs, validation: Pairs, say: Any) -> None:
        """`training` holds drawings and renders, not of the same characters unless `config.paired` is asked for."""
        self.fabric, self.config, self.validation = fabric, config, validation
        self.model = LineRemover(config.model)
        self.drawn, self.rendered = (
            PatchSource(pictures, config.patch_px, config.mask) for pictures in (training.drawings, training.renders)
        )
        self.twins = PatchSource(training.renders, config.patch_px, config.mask)
        self.count = config.batch // fabric.world_size

        def update(task: nn.Module) -> Update:
            optimiser: Any = torch.optim.Adam(task.parameters(), config.learning_rate)
            task, optimiser = fabric.setup(task, optimiser)
            return Update(fabric, task, optimiser, 0.0, say, "learning_rate")

        self.painting = update(PaintingTask(self.model, config))
        self.judging = update(JudgingTask(self.model, config)) if config.adversarial else None

    def step(self, step: int, rate_share: float) -> dict[str, float]:
        drawn, rendered, target = self._draw(step)
        rate = self.config.learning_rate * rate_share
        self.model.train()
        self.model.discriminator.requires_grad_(False)
        shown: list[Painted] = []

        def painting(part: tuple[Patches, Patches, Tensor | None]) -> Terms:
            terms, painted = self.painting.task(*part)
            shown.append(painted)
            return terms

        losses = self.painting([(drawn, rendered, target)], painting, rate, step)
        if self.judging is not None:
            self.model.discriminator.requires_grad_(True)
            losses |= self.judging(shown, self.judging.task, rate, step)
        return losses

    def _draw(self, step: int) -> tuple[Patches, Patches, Tensor | None]:
        rng = np.random.Generator(np.random.PCG64([self.config.seed, step, self.fabric.global_rank]))
        at, elsewhere = (
            source.places(self.count, self.config.patches_a_picture, rng) for source in (self.drawn, self.rendered)
        )
        drawn, rendered = self.drawn.patches(at), self.rendered.patches(elsewhere)
        target, source = None, self.drawn
        if self.config.render_lines == "drawings":
            rendered = Patches(rendered.rgb, drawn.infill & ~rendered.hull, rendered.hull)
        if self.config.drawn_patches == "renders":
            source, at = self.rendered, self.rendered.places(self.count, self.config.patches_a_picture, rng)
            drawn = self.rendered.patches(at)
        if self.config.model.fill:
            drawn, rendered = source.filled(drawn, at), self.rendered.filled(rendered, elsewhere)
        if self.config.paired:
            twin = self.twins.patches(at)
            if self.config.model.fill:
                twin = self.twins.filled(twin._replace(infill=torch.zeros_like(twin.infill)), at)
            target = tone_matched(twin.rgb, drawn.rgb, drawn.infill)
        if self.config.recolouring:
            mixed = recolouring(self.count, self.config.recolouring, rng)
            drawn, rendered = (Patches(recoloured(p.rgb, mixed), p.infill, p.hull) for p in (drawn, rendered))
            target = None if target is None else recoloured(target, mixed)
        device = self.fabric.device
        moved = [Patches(*(tensor.to(device) for tensor in patches)) for patches in (drawn, rendered)]
        return moved[0], moved[1], None if target is None else target.to(device)

    def cleaned(self, rgba: UInt8[np.ndarray, "512 512 4"], landmarks_px: Any) -> UInt8[np.ndarray, "512 512 4"]:
        """A portrait as the network of now would paint it."""
        return paint_over(
            rgba, find_lines(rgba, landmarks_px, self.config.mask), self.model.eval(), self.config.model.fill
        )

    def validate(self) -> dict[str, float]:
        return validate(self.validation, self.cleaned)

    def sheet(self) -> UInt8[np.ndarray, "H W 3"]:
        return sheet(self.validation, self.cleaned)

    def weights(self) -> dict[str, Tensor]:
        """The generator's, named as in the published checkpoint."""
        return {
            name: t.detach().clone() for name, t in self.model.state_dict().items() if name.startswith("generator.")
        }

    def state_dict(self) -> dict[str, Any]:
        updates = {"painting": self.painting, "judging": self.judging}
        optimisers = {name: update.optimiser.state_dict() for name, update in updates.items() if update is not None}
        return {"model": self.model.state_dict(), **optimisers}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.painting.optimiser.load_state_dict(state["painting"])
        if self.judging is not None:
            self.judging.optimiser.load_state_dict(state["judging"])
