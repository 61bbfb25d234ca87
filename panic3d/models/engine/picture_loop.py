"""The loop of the small picture networks: one process, steps that are a function of seed and number, resumable."""

import time
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import click
import torch
from jaxtyping import Float
from lightning_fabric import Fabric
from torch import Tensor, nn

from panic3d.models.engine import files
from panic3d.models.engine.average import Average
from panic3d.models.engine.config import to_yaml
from panic3d.models.engine.loop import INTERRUPTED, Interrupt, learning_rate, use_bf16
from panic3d.models.engine.optimising import Update
from panic3d.runtime.errors import UserError
from panic3d.runtime.progress import Progress


@runtime_checkable
class PictureTask(Protocol):
    """A network, its losses on the pictures of a step, and how good an average of its weights is."""

    module: nn.Module

    def losses(self, step: int) -> dict[str, Float[Tensor, ""]]:
        """Weighted terms of the step's own pictures, drawn from the seed and the step's number alone."""
        ...

    def validate(self, module: nn.Module) -> dict[str, float]: ...


def train_pictures(task: PictureTask, run: Path, config: Any, resume: bool, facts: dict[str, Any]) -> None:
    """Until the configured end or Ctrl-C; leaves FORMATS' files of a training run.

    The configuration has `steps`, `minutes`, `seed`, `bf16`, `optimiser`, `validate_every_s` and `log_every`.
    """
    if not config.steps and not config.minutes:
        raise UserError("a run needs an end: give --set steps=N or --set minutes=N")
    fabric = Fabric(accelerator=config.accelerator, devices=1)
    run.mkdir(parents=True, exist_ok=True)
    (run / files.CONFIG).write_text(to_yaml(config))
    _Run(fabric, task, run, config, resume).go(facts)


class _Run:
    def __init__(self, fabric: Fabric, task: PictureTask, folder: Path, config: Any, resume: bool) -> None:
        self.task, self.folder, self.config = task, folder, config
        settings = config.optimiser
        betas, decay = (settings.beta1, settings.beta2), settings.weight_decay
        optimiser = torch.optim.AdamW(task.module.parameters(), settings.learning_rate, betas, weight_decay=decay)
        self.module, self.optimiser = fabric.setup(task.module, optimiser)
        task.module = self.module
        self.update = Update(fabric, self.module, self.optimiser, settings.clip, _say, "optimiser.learning_rate")
        self.average = Average(self.module.module, settings.ema)
        self.bf16, self.device = use_bf16(config.bf16, fabric.device), fabric.device
        self.step, self.seconds = 0, 0.0
        if resume:
            state = files.load_state(folder)
            self.step, self.seconds = state["step"], state["seconds"]
            self.module.load_state_dict(state["module"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.average.tensors = state["average"]

    def go(self, facts: dict[str, Any]) -> None:
        started = saved = time.monotonic()
        before, total = self.seconds, self.config.steps or 1000
        with Interrupt() as interrupt, Progress("training", total, int(total * min(1, self._done()))) as progress:
            while (done := self._done()) < 1 and not interrupt.asked:
                terms = self._step(learning_rate(self.config.optimiser, self.step, done))
                now = time.monotonic()
                self.seconds = before + now - started
                words = " ".join(f"{name} {value:.3f}" for name, value in terms.items())
                progress.step(words, max(0, int(total * min(1, self._done())) - progress.done))
                if self.step % self.config.log_every == 0 or self.step == 1:
                    self._log(terms)
                if now - saved > self.config.validate_every_s:
                    self._save()
                    self._validate()
                    saved = time.monotonic()
        self._save()
        self._validate()
        files.save_weights(self.folder / files.WEIGHTS, self.average.tensors, self.config,
                           facts | {"steps": self.step, "seconds": round(self.seconds)})  # fmt: skip
        if interrupt.asked:
            _say(f"stopped at step {self.step}, state saved: the same command with --resume goes on")
            raise SystemExit(INTERRUPTED)
        _say(f"{self.step} steps in {self.seconds:.0f} s; weights: {self.folder / files.WEIGHTS}")

    def _step(self, rate: float) -> dict[str, float]:
        self.module.train()
        torch.manual_seed(self.config.seed * 1_000_003 + self.step)

        def terms_of(step: int) -> dict[str, Tensor]:
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
                return self.task.losses(step)

        terms = self.update([self.step], terms_of, rate, self.step)
        if self.update.good:
            self.average.update(self.module.module, self.step)
        self.step += 1
        return terms

    def _done(self) -> float:
        steps, minutes = self.config.steps, self.config.minutes
        return max(self.step / steps if steps else 0.0, self.seconds / (60 * minutes) if minutes else 0.0)

    def _validate(self) -> None:
        current = {name: tensor.clone() for name, tensor in self.module.module.state_dict().items()}
        self.module.module.load_state_dict(self.average.tensors)
        self.module.eval()
        with torch.no_grad():
            self._log({f"validation_{k}": v for k, v in self.task.validate(self.module).items()})
        self.module.module.load_state_dict(current)

    def _log(self, record: dict[str, float]) -> None:
        files.append_metrics(self.folder, {"step": self.step, "seconds": round(self.seconds, 2)} | record)

    def _save(self) -> None:
        state = {"step": self.step, "seconds": self.seconds, "module": self.module.state_dict()}
        files.save_state(
            self.folder, state | {"optimiser": self.optimiser.state_dict(), "average": self.average.tensors}
        )


def _say(sentence: str) -> None:
    click.echo(sentence, err=True)
