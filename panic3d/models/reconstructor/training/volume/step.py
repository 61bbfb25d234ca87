"""Training steps by volume rendering with a discriminator: all terms in one update, or in the published order."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric

from panic3d.cameras.camera import Camera
from panic3d.cameras.rigs import ORTHO_ANGLES_DEG
from panic3d.datasets.multiview import VIEWS, MultiviewBatch
from panic3d.models.engine.checkpoint import fit_weights, read_weights
from panic3d.models.engine.config import OptimiserConfig
from panic3d.models.engine.seeds import SampleGenerators
from panic3d.models.engine.update import Optimisation, Terms
from panic3d.models.reconstructor.network.network import Reconstructor
from panic3d.models.reconstructor.network.stylegan.discriminator import DualDiscriminator
from panic3d.models.reconstructor.training.config import ReconstructorTrainConfig
from panic3d.models.reconstructor.training.step import split_batch
from panic3d.models.reconstructor.training.volume.objective import (
    DiscriminatorInput,
    ViewDraws,
    VolumeDiscriminatorObjective,
    VolumeGeneratorObjective,
    make_real_input,
)
from panic3d.models.reconstructor.training.volume_config import AdversarialConfig
from panic3d.models.tagging.published import SemanticFeatures
from panic3d.weights.lpips import Lpips

Part = tuple[MultiviewBatch, ViewDraws]


class VolumeStep:
    """Generator and discriminator with their optimisers."""

    def __init__(
        self,
        fabric: Fabric,
        config: ReconstructorTrainConfig,
        model: Reconstructor,
        cameras: Sequence[tuple[Camera, ...]],
        lpips: Lpips | None,
        tagger: SemanticFeatures | None,
        bf16: bool,
    ) -> None:
        """`cameras`, one row per character of the training set, are those that generated pictures take theirs from."""
        self.fabric, self.config, self.cameras, self.bf16 = fabric, config, cameras, bf16
        self.discriminator: Optimisation | None = None
        network = None
        if config.adversarial.weight:
            objective = VolumeDiscriminatorObjective(build_discriminator(config.adversarial), config.adversarial)
            optimiser, setting = build_discriminator_optimiser(config.adversarial), "adversarial.learning_rate"
            self.discriminator = Optimisation(fabric, objective, optimiser, setting=setting)
            network = self.discriminator.module.module.model
        generator = self.build_objective(model, lpips, tagger, network)
        self.generator = Optimisation(fabric, generator, config.optimiser, model.parameters())
        self.model: Reconstructor = self.generator.module.module.model

    def build_objective(
        self,
        model: Reconstructor,
        lpips: Lpips | None,
        tagger: SemanticFeatures | None,
        discriminator: DualDiscriminator | None,
    ) -> VolumeGeneratorObjective:
        """Return the generator with its losses."""
        config = self.config
        return VolumeGeneratorObjective(
            model, config.volume, config.loss, config.adversarial, lpips, tagger, discriminator
        )

    @property
    def updated(self) -> bool:
        return self.generator.updated

    def update(self, batch: MultiviewBatch, mirrored: list[bool], step: int, learning_rate: float) -> dict[str, float]:
        parts = [(some.to(self.fabric.device), self.make_draws(batch, chosen, step))
                 for chosen, some in split_batch(batch, self.config.accumulate)]  # fmt: skip
        means: dict[str, float] = {}
        for phase in self.list_phases(step):
            fakes: list[DiscriminatorInput | None] = []
            self._train_discriminator(False)

            def terms(part: Part, phase: Any = phase, fakes: Any = fakes) -> Terms:
                made, fake = self.generator.module(part[0], phase, part[1], self.bf16)
                fakes.append(None if fake is None else fake.detach())
                return made

            found = self.generator(parts, terms, learning_rate, step)
            means = {**means, **found, "gradient": max(means.get("gradient", 0.0), found["gradient"])}
        weighted = sum(value for name, value in means.items() if name != "gradient")
        if self.discriminator is not None:
            fresh = self.config.volume.order == "separate"
            means |= self._update_discriminator(parts, [None] * len(parts) if fresh else fakes, step)
        return means | {"total": weighted}

    def list_phases(self, step: int) -> list[tuple[str, ...]]:
        """Return the terms of each update of the generator, in order."""
        wanted: list[tuple[str, ...]] = [("adversarial",)] if self.discriminator is not None else []
        wanted += [(view,) for view in ("front", "left", "right", "back") if self.config.loss.get_weight(view)]
        if self.config.volume.density_weight and step % self.config.volume.density_every == 0:
            wanted.append(("density",))
        if self.config.volume.order == "separate":
            return wanted
        return [tuple(name for names in wanted for name in names)]

    def _update_discriminator(
        self, parts: list[Part], fakes: list[DiscriminatorInput | None], step: int
    ) -> dict[str, float]:
        """Run the discriminator's update, or its two updates if the steps are separate."""
        assert self.discriminator is not None
        settings = self.config.adversarial
        due = bool(settings.r1_every) and step % settings.r1_every == 0
        self._train_discriminator(True)
        pairs = [
            (self._make_fake(part) if fake is None else fake, self._make_real(part))
            for part, fake in zip(parts, fakes, strict=True)
        ]
        module = self.discriminator.module
        orders = [(True, False), (False, True)] if self.config.volume.order == "separate" else [(True, due)]
        means: dict[str, float] = {}
        for logistic, penalised in orders:
            if penalised and not due:
                continue

            def terms(
                pair: tuple[DiscriminatorInput, DiscriminatorInput],
                logistic: bool = logistic,
                penalised: bool = penalised,
            ) -> Terms:
                return module(pair[0] if logistic else None, pair[1], penalised, self.bf16)

            found = self.discriminator(pairs, terms, settings.learning_rate, step)
            means |= {f"discriminator_{name}": value for name, value in found.items()}
        return means

    def _make_fake(self, part: Part) -> DiscriminatorInput:
        """Return a new generated picture for the discriminator, without gradients."""
        with torch.no_grad():
            fake = self.generator.module(part[0], ("adversarial",), part[1], self.bf16)[1]
        assert fake is not None
        return fake

    def _make_real(self, part: Part) -> DiscriminatorInput:
        batch, draws = part
        rgb = torch.stack([batch.rgb(view)[i] for i, view in enumerate(draws.real_views)])
        return make_real_input(rgb, draws.real_cameras, self.config.volume.rays)

    def _train_discriminator(self, active: bool) -> None:
        if self.discriminator is not None:
            self.discriminator.module.requires_grad_(active)

    def make_draws(self, batch: MultiviewBatch, chosen: slice, step: int) -> ViewDraws:
        """Return the random choices of the chosen characters.

        All cameras are of the data: that of the real picture, and that of a random picture of a random character.
        """
        views = [view for view in batch.views if view not in ORTHO_ANGLES_DEG] or list(VIEWS)
        fabric, real_views, real_cameras, fake_cameras = self.fabric, [], [], []
        made = SampleGenerators.from_step(self.config, step, fabric.global_rank, fabric.world_size).select(chosen)
        for generator, cameras in zip(made.generators, batch.cameras[chosen], strict=True):
            view = views[generator.integers(len(views))]
            others = self.cameras[int(generator.integers(len(self.cameras)))]
            real_views.append(view)
            real_cameras.append(cameras[batch.views.index(view)])
            fake = others[generator.integers(len(others))]
            fake_cameras.append(fake.mirror() if self.config.mirror and generator.random() < 0.5 else fake)
        return ViewDraws(tuple(real_views), tuple(real_cameras), tuple(fake_cameras), made)

    def state_dict(self) -> dict[str, Any]:
        state = {"model": self.model.state_dict(), "optimiser": self.generator.optimiser.state_dict()}
        if self.discriminator is not None:
            state["discriminator"] = self.discriminator.module.module.state_dict()
            state["discriminator_optimiser"] = self.discriminator.optimiser.state_dict()
        return state

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.generator.optimiser.load_state_dict(state["optimiser"])
        if self.discriminator is not None:
            self.discriminator.module.module.load_state_dict(state["discriminator"])
            self.discriminator.optimiser.load_state_dict(state["discriminator_optimiser"])


def build_discriminator(config: AdversarialConfig) -> DualDiscriminator:
    """Return the discriminator, with the weights of `config.start` if that is given."""
    discriminator = DualDiscriminator(config.network)
    if config.start:
        path = Path(config.start)
        fit_weights(discriminator, read_weights(path).tensors, path).train().requires_grad_(True)
    return discriminator


def build_discriminator_optimiser(config: AdversarialConfig) -> OptimiserConfig:
    """Return the settings of the discriminator's Adam, whose rate is constant and whose gradient is not clipped."""
    return OptimiserConfig("adam", config.learning_rate, config.beta1, config.beta2, weight_decay=0.0, clip=0.0)
