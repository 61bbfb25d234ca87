"""Training by volume rendering with a discriminator: everything in one step, or in the published order of steps."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric

from panic3d.cameras.camera import Camera
from panic3d.cameras.rigs import ORTHO_ANGLES_DEG, camera_of
from panic3d.datasets.multiview import VIEWS, Batch
from panic3d.models.engine.config import TrainConfig
from panic3d.models.engine.files import fitted, read_tensors
from panic3d.models.engine.optimising import Terms, Update
from panic3d.models.reconstructor.network.network import Reconstructor
from panic3d.models.reconstructor.network.stylegan.discriminator import DualDiscriminator
from panic3d.models.reconstructor.training.steps import average_of, optimiser_of, parts_of
from panic3d.models.reconstructor.training.volume_task import (
    DiscriminatorTask,
    GeneratorTask,
    Looks,
    Pictures,
    real_pictures,
)
from panic3d.models.tagging.published import SemanticFeatures
from panic3d.weights.lpips import Lpips


class VolumeSteps:
    """Generator and discriminator with their optimisers."""

    def __init__(
        self,
        fabric: Fabric,
        config: TrainConfig,
        model: Reconstructor,
        keys: Sequence[str],
        lpips: Lpips | None,
        tagger: SemanticFeatures | None,
        bf16: bool,
        say: Any,
    ) -> None:
        """`keys` of all characters that the run learns from: their cameras are where pictures are seen from."""
        self.fabric, self.config, self.keys, self.bf16 = fabric, config, keys, bf16
        self.judge: Update | None = None
        judge = None
        if config.adversarial.weight:
            settings = config.adversarial
            judge = DualDiscriminator(settings.network)
            if settings.start:
                path = Path(settings.start)
                fitted(judge, read_tensors(path)[0], path).requires_grad_(True)
            betas = settings.beta1, settings.beta2
            wrapped, optimiser = fabric.setup(
                DiscriminatorTask(judge, settings), adam(judge.parameters(), settings.learning_rate, betas)
            )
            self.judge = Update(fabric, wrapped, optimiser, 0.0, say, "adversarial.learning_rate")
            judge = wrapped.module.model
        task = self.task_of(model, lpips, tagger, judge)
        wrapped, optimiser = fabric.setup(task, optimiser_of(config, model.parameters()))
        self.model: Reconstructor = wrapped.module.model
        self.average = average_of(config, self.model)
        self.generator = Update(fabric, wrapped, optimiser, config.optimiser.clip, say, "optimiser.learning_rate")

    def task_of(
        self,
        model: Reconstructor,
        lpips: Lpips | None,
        tagger: SemanticFeatures | None,
        judge: DualDiscriminator | None,
    ) -> GeneratorTask:
        """What the generator learns from."""
        config = self.config
        return GeneratorTask(model, config.volume, config.loss, config.adversarial, lpips, tagger, judge)

    def step(self, batch: Batch, mirrored: list[bool], step: int, rate: float) -> dict[str, float]:
        parts = [(some.to(self.fabric.device), self.looks(batch, mirrored, chosen, step))
                 for chosen, some in parts_of(batch, self.config.accumulate)]  # fmt: skip
        means: dict[str, float] = {}
        for phase in self.phases(step):
            fakes: list[Pictures | None] = []
            self._judge_learns(False)

            def terms(part: tuple[Batch, Looks], phase: Any = phase, fakes: Any = fakes) -> Terms:
                made, fake = self.generator.task(part[0], phase, part[1], self.bf16)
                fakes.append(None if fake is None else fake.detached())
                return made

            found = self.generator(parts, terms, rate, step)
            means = {**means, **found, "gradient": max(means.get("gradient", 0.0), found["gradient"])}
        if self.judge is not None:
            fresh = self.config.volume.order == "separate"
            means |= self._judged(parts, [None] * len(parts) if fresh else fakes, step)
        if self.generator.good:
            self.average.update(self.model, step)
        weighted = (v for name, v in means.items() if name != "gradient" and not name.startswith("judge_"))
        return means | {"total": sum(weighted)}

    def phases(self, step: int) -> list[tuple[str, ...]]:
        """What each update of the generator looks at, in order."""
        wanted: list[tuple[str, ...]] = [("adversarial",)] if self.judge is not None else []
        wanted += [(view,) for view in ("front", "left", "right", "back") if self.config.loss.of_view(view)]
        if self.config.volume.density_weight and step % self.config.volume.density_every == 0:
            wanted.append(("density",))
        if self.config.volume.order == "separate":
            return wanted
        return [tuple(name for names in wanted for name in names)]

    def _judged(self, parts: list[tuple[Batch, Looks]], fakes: list[Pictures | None], step: int) -> dict[str, float]:
        """The discriminator's update, or updates where the steps are separate."""
        assert self.judge is not None
        settings = self.config.adversarial
        due = bool(settings.r1_every) and step % settings.r1_every == 0
        self._judge_learns(True)
        seen = [
            (self._fake(part) if fake is None else fake, self._real(part))
            for part, fake in zip(parts, fakes, strict=True)
        ]
        task = self.judge.task
        orders = [(True, False), (False, True)] if self.config.volume.order == "separate" else [(True, due)]
        means: dict[str, float] = {}
        for logistic, penalised in orders:
            if penalised and not due:
                continue

            def terms(pair: tuple[Pictures, Pictures], logistic: bool = logistic, penalised: bool = penalised) -> Terms:
                return task(pair[0] if logistic else None, pair[1], penalised, self.bf16)

            found = self.judge(seen, terms, settings.learning_rate, step)
            means |= {f"judge_{name}": value for name, value in found.items()}
        return means

    def _fake(self, part: tuple[Batch, Looks]) -> Pictures:
        """A new picture for the discriminator, without gradients."""
        with torch.no_grad():
            fake = self.generator.task(part[0], ("adversarial",), part[1], self.bf16)[1]
        assert fake is not None
        return fake

    def _real(self, part: tuple[Batch, Looks]) -> Pictures:
        batch, looks = part
        rgb = torch.stack([batch.rgb(view)[i] for i, view in enumerate(looks.real_views)])
        return real_pictures(rgb, looks.real_from, self.config.volume.rays)

    def _judge_learns(self, learns: bool) -> None:
        if self.judge is not None:
            self.judge.task.requires_grad_(learns)

    def looks(self, batch: Batch, mirrored: list[bool], chosen: slice, step: int) -> Looks:
        """Drawn from seed and step, so that a resumed run draws the same."""
        views = [view for view in batch.views if view not in ORTHO_ANGLES_DEG] or list(VIEWS)
        rank = self.fabric.global_rank
        generator = np.random.Generator(np.random.PCG64([self.config.seed, step, rank]))
        real_views, real_from, fake_from = [], [], []
        for key, flipped in zip(batch.keys, mirrored, strict=True):
            view, other = views[generator.integers(len(views))], views[generator.integers(len(views))]
            somebody = self.keys[generator.integers(len(self.keys))]
            real_views.append(view)
            # An orthographic left view was exchanged with the right one when the character was mirrored.
            real_from.append(seen(view, key, flipped and view not in ORTHO_ANGLES_DEG))
            fake_from.append(seen(other, somebody, self.config.mirror and generator.random() < 0.5))
        return Looks(tuple(real_views[chosen]), tuple(real_from[chosen]), tuple(fake_from[chosen]))

    def state_dict(self) -> dict[str, Any]:
        state = {
            "model": self.model.state_dict(),
            "average": self.average.tensors,
            "optimiser": self.generator.optimiser.state_dict(),
        }
        if self.judge is not None:
            state["judge"] = self.judge.task.module.state_dict()
            state["judge_optimiser"] = self.judge.optimiser.state_dict()
        return state

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.generator.optimiser.load_state_dict(state["optimiser"])
        self.average.tensors = {name: t.to(self.fabric.device) for name, t in state["average"].items()}
        if self.judge is not None:
            self.judge.task.module.load_state_dict(state["judge"])
            self.judge.optimiser.load_state_dict(state["judge_optimiser"])


def seen(view: str, key: str, mirrored: bool) -> Camera:
    """The camera of a character's view; of its mirror image's."""
    camera = camera_of(view, key)
    if not mirrored:
        return camera
    return Camera(camera.kind, -camera.azimuth_deg, camera.elevation_deg, camera.distance_m, camera.fov_deg)


def adam(parameters: Any, rate: float, betas: tuple[float, float]) -> Any:
    return torch.optim.Adam(parameters, rate, betas, 1e-8)
