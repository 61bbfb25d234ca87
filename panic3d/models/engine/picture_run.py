"""A run of networks that learn from plain pictures: devices, clock, state, metrics, samples, weights.

The run folder is that of every training run (FORMATS); what is learnt is the `Learner`'s business.
"""

import time
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import click
import numpy as np
import torch
from jaxtyping import UInt8
from lightning_fabric import Fabric
from lightning_fabric.strategies import DDPStrategy
from PIL import Image
from torch import Tensor

from panic3d.models.engine import files
from panic3d.models.engine.config import to_yaml
from panic3d.models.engine.loop import INTERRUPTED, Interrupt
from panic3d.models.engine.picture_config import PictureRunConfig
from panic3d.runtime.errors import UserError
from panic3d.runtime.progress import Progress

TICKS = 1000
"""Of the progress bar, where the run ends by time."""


@runtime_checkable
class Learner(Protocol):
    """Networks, their optimisers and the data that they see."""

    def step(self, step: int, rate_share: float) -> dict[str, float]:
        """Learns once; draws from seed and step alone. `rate_share`: of the full learning rate. Gives the losses."""
        ...

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state: dict[str, Any]) -> None: ...

    def weights(self) -> dict[str, Tensor]:
        """What the run gives."""
        ...

    def validate(self) -> dict[str, float]:
        """Scores on pictures that it does not learn from."""
        ...

    def sheet(self) -> UInt8[np.ndarray, "H W 3"]:
        """A few of those, before and after."""
        ...


def fabric_of(config: PictureRunConfig) -> Fabric:
    """Launched. UserError where the run has no end or its batch cannot be shared."""
    if not config.steps and not config.minutes:
        raise UserError("a run needs an end: give --set steps=N or --set minutes=N")
    processes = config.devices * config.nodes
    if config.batch % processes:
        raise UserError(f"a batch of {config.batch} cannot be shared by {processes} processes")
    strategy: Any = DDPStrategy(find_unused_parameters=True) if processes > 1 else "auto"
    fabric = Fabric(accelerator=config.accelerator, strategy=strategy, devices=config.devices, num_nodes=config.nodes)
    fabric.launch()
    torch.manual_seed(config.seed)  # for the networks that are made next
    return fabric


class PictureRun:
    """One process's part of a run."""

    def __init__(self, fabric: Fabric, run: Path, config: PictureRunConfig, learner: Learner, resume: bool) -> None:
        self.fabric, self.folder, self.config, self.learner = fabric, run, config, learner
        self.step, self.seconds = 0, 0.0
        if fabric.is_global_zero:
            run.mkdir(parents=True, exist_ok=True)
            (run / files.CONFIG).write_text(to_yaml(config))
        if resume:
            state = files.load_state(run)
            self.step, self.seconds = state["step"], state["seconds"]
            learner.load_state_dict(state["learner"])

    def go(self) -> None:
        """Steps until the end of the run, or an interruption."""
        clock = time.process_time if self.config.clock == "processor" else time.monotonic
        before, started = self.seconds, clock()
        saved = validated = time.monotonic()
        with Interrupt() as interrupt, Progress("training", self.config.steps or TICKS, self._ticks()) as progress:
            while self._done() < 1 and not interrupt.asked:
                self._step()
                self.seconds = before + clock() - started
                self.seconds, interrupt.asked = self.fabric.broadcast((self.seconds, interrupt.asked))
                progress.step(f"step {self.step}", max(0, self._ticks() - progress.done))
                now = time.monotonic()
                if now - saved > self.config.save_every_s:
                    self._save()
                    saved = time.monotonic()
                if now - validated > self.config.validate_every_s:
                    self._look()
                    validated = time.monotonic()
        self._save()
        self._look()
        self._export()
        if interrupt.asked:
            self._say(f"stopped at step {self.step}, state saved: the same command with --resume goes on")
            raise SystemExit(INTERRUPTED)
        self._say(f"{self.step} steps in {self.seconds:.0f} s; weights: {self.folder / files.WEIGHTS}")

    def _step(self) -> None:
        torch.manual_seed(self._seed())
        losses = self.learner.step(self.step, rate_share(self.config, self._done()))
        self.step += 1
        if self.fabric.is_global_zero and (self.step % self.config.log_every == 0 or self.step == 1):
            files.append_metrics(self.folder, {"step": self.step, "seconds": round(self.seconds, 2)} | losses)

    def _seed(self) -> int:
        return self.config.seed * 1_000_003 + self.step * self.fabric.world_size + self.fabric.global_rank

    def _done(self) -> float:
        steps, minutes = self.config.steps, self.config.minutes
        return max(self.step / steps if steps else 0.0, self.seconds / (60 * minutes) if minutes else 0.0)

    def _ticks(self) -> int:
        return int((self.config.steps or TICKS) * min(1.0, self._done()))

    def _save(self) -> None:
        if self.fabric.is_global_zero:
            state = {"step": self.step, "seconds": self.seconds, "learner": self.learner.state_dict()}
            files.save_state(self.folder, state)

    def _look(self) -> None:
        if not self.fabric.is_global_zero:
            return
        scores = {f"validation_{name}": value for name, value in self.learner.validate().items()}
        files.append_metrics(self.folder, {"step": self.step, "seconds": round(self.seconds, 2)} | scores)
        path = self.folder / files.SAMPLES / f"step-{self.step:07d}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(self.learner.sheet()).save(path)

    def _export(self) -> None:
        if self.fabric.is_global_zero:
            facts = {"steps": self.step, "seconds": round(self.seconds), "clock": self.config.clock}
            files.save_weights(self.folder / files.WEIGHTS, self.learner.weights(), self.config, facts)

    def _say(self, sentence: str) -> None:
        if self.fabric.is_global_zero:
            click.echo(sentence, err=True)


def rate_share(config: PictureRunConfig, done: float) -> float:
    """Constant, then in a line to its final share."""
    fall = max(0.0, done - config.constant_share) / max(1e-9, 1 - config.constant_share)
    return 1 - (1 - config.final_share) * min(1.0, fall)
