"""The training loop: one path for one CPU, several processes or GPUs (Lightning Fabric)."""

import math
import signal
import time
from pathlib import Path
from types import FrameType
from typing import Any

import click
import torch
from lightning_fabric import Fabric
from lightning_fabric.strategies import DDPStrategy

from panic3d.datasets.cache import Characters, characters
from panic3d.datasets.reader import dataset_record, samples
from panic3d.datasets.vroid import VIEWS, Order, draw
from panic3d.errors import UserError
from panic3d.models.reconstructor.network import Reconstructor
from panic3d.models.training import files
from panic3d.models.training.average import Average
from panic3d.models.training.config import TrainConfig, to_yaml
from panic3d.models.training.samples import sheet
from panic3d.models.training.task import Draws, ReconstructorTask
from panic3d.models.training.validation import validate
from panic3d.perceptual import Lpips, load_lpips
from panic3d.progress import Progress

BAD_STEPS_IN_A_ROW = 10
INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells count it."""


class Interrupt:
    """Ctrl-C or a scheduler's SIGTERM ends the run after the current step, so that its state is whole."""

    def __init__(self) -> None:
        self.asked = False

    def __enter__(self) -> "Interrupt":
        self.before = {sign: signal.signal(sign, self._ask) for sign in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_: object) -> None:
        for sign, handler in self.before.items():
            signal.signal(sign, handler)

    def _ask(self, sign: int, frame: FrameType | None) -> None:
        self.asked = True


def train(data: Path, run: Path, config: TrainConfig, resume: bool) -> None:
    """Trains the reconstructor on a dataset folder into a run folder (FORMATS: a training run)."""
    if not config.steps and not config.minutes:
        raise UserError("a run needs an end: give --set steps=N or --set minutes=N")
    if config.batch % (config.devices * config.nodes):
        raise UserError(f"a batch of {config.batch} cannot be shared by {config.devices * config.nodes} processes")
    several = config.devices * config.nodes > 1
    strategy: Any = DDPStrategy(find_unused_parameters=True) if several else "auto"
    fabric = Fabric(accelerator=config.accelerator, strategy=strategy, devices=config.devices, num_nodes=config.nodes)
    fabric.launch()
    Run(fabric, data, run, config, resume).go()


class Run:
    """One process's part of a training run."""

    def __init__(self, fabric: Fabric, data: Path, folder: Path, config: TrainConfig, resume: bool) -> None:
        self.fabric, self.folder, self.config = fabric, folder, config
        if fabric.is_global_zero:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / files.CONFIG).write_text(to_yaml(config))
        self.training, self.validation = self._characters(data)
        self.order = Order(len(self.training), config.mirror, config.seed)
        torch.manual_seed(config.seed)
        self.lpips = self._lpips()
        model = Reconstructor(config.model)
        settings = config.optimiser
        optimiser = torch.optim.AdamW(
            model.parameters(), settings.learning_rate, (settings.beta1, settings.beta2), 1e-8, settings.weight_decay
        )
        self.step, self.seconds, self.bad_steps = 0, 0.0, 0
        state = files.load_state(folder) if resume else None
        if state is not None:
            model.load_state_dict(state["model"])
            self.step, self.seconds = state["step"], state["seconds"]
        self.task, self.optimiser = fabric.setup(
            ReconstructorTask(model, config.rays, config.loss, self.lpips), optimiser
        )
        self.model: Reconstructor = self.task.module.model
        self.average = Average(self.model, settings.ema)
        if state is not None:
            self.optimiser.load_state_dict(state["optimiser"])
            self.average.tensors = {name: t.to(fabric.device) for name, t in state["average"].items()}
        self.bf16 = use_bf16(config, fabric.device)
        self.recent: dict[str, float] = {}

    def go(self) -> None:
        """Steps until the end of the run, an interruption, or weights that are no numbers."""
        started = now = time.monotonic()
        before, saved, validated = self.seconds, now, now
        self._say(
            f"{len(self.training)} characters to learn from, {len(self.validation)} to validate on, batch "
            f"{self.config.batch}, backbone in {'bfloat16' if self.bf16 else 'float32'}"
        )
        with Interrupt() as interrupt, self._progress() as progress:
            done = self._done()
            while done < 1 and not interrupt.asked:
                self._step(done)
                now = time.monotonic()
                self.seconds = before + now - started
                # All processes go by the first one's clock and ears.
                self.seconds, interrupt.asked = self.fabric.broadcast((self.seconds, interrupt.asked))
                done = self._done()
                if progress is not None:
                    progress.step(self._words(), max(0, int(progress.total * min(1, done)) - progress.done))
                if self.fabric.is_global_zero and now - saved > self.config.save_every_s:
                    self._save()
                    saved = time.monotonic()
                if now - validated > self.config.validate_every_s:
                    self._validate()
                    validated = time.monotonic()
        if self.fabric.is_global_zero:
            self._save()
            self._validate()
            self._export()
        if interrupt.asked:
            self._say(f"stopped at step {self.step}, state saved: the same command with --resume goes on")
            raise SystemExit(INTERRUPTED)
        self._say(f"{self.step} steps in {self.seconds:.0f} s; weights: {self.folder / files.WEIGHTS}")

    def _step(self, done: float) -> None:
        config, settings = self.config, self.config.optimiser
        rank, processes = self.fabric.global_rank, self.fabric.world_size
        torch.manual_seed(config.seed * 1_000_003 + self.step * processes + rank)  # the backbone's own noise, if any
        first = self.step * config.batch
        batch = draw(self.training, self.order.at(range(first + rank, first + config.batch, processes)))
        draws = Draws.of_step(config, self.step, rank, processes)
        with_lpips = self.step % config.rays.lpips_every == 0 and config.loss.lpips > 0
        terms = self.task(batch.to(self.fabric.device), draws.to(self.fabric.device), self.bf16, with_lpips)
        self.fabric.backward(terms["total"])
        # Checked after the processes' gradients are averaged, so that all of them decide alike.
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), settings.clip).item()
        rate = learning_rate(config, self.step, done)
        if math.isfinite(norm):
            for group in self.optimiser.param_groups:
                group["lr"] = rate
            self.optimiser.step()
            self.average.update(self.model, self.step)
            self.bad_steps = 0
        else:
            self.bad_steps += 1
            self._say(f"step {self.step}: the gradient is {norm}; the step is left out")
            if self.bad_steps == BAD_STEPS_IN_A_ROW:
                raise UserError(
                    f"{BAD_STEPS_IN_A_ROW} steps in a row gave no finite gradient: resume from the last state in "
                    f"{self.folder} with a lower optimiser.learning_rate"
                )
        self.optimiser.zero_grad()
        self.recent |= {name: term.item() for name, term in terms.items()}
        self.step += 1
        if self.fabric.is_global_zero and (self.step % config.log_every == 0 or self.step == 1):
            record = {"step": self.step, "seconds": round(self.seconds, 2), "epoch": self._epoch()}
            files.append_metrics(self.folder, record | {"learning_rate": rate, "gradient": norm} | self.recent)

    def _characters(self, data: Path) -> tuple[Characters, Characters]:
        cache = Path(self.config.cache) if self.config.cache else self.folder / "cache"
        size, report = self.config.model.picture_size, self._say
        views = _views_of(data)
        # One process decodes, the others then find the work done.
        if self.fabric.is_global_zero:
            characters(data, cache / "train", views, size, report)
        self.fabric.barrier()
        everyone = characters(data, cache / "train", views, size, report)
        if "val" in (dataset_record(data).get("splits") or {}):
            if self.fabric.is_global_zero:
                characters(data, cache / "val", views, size, report, "val")
            self.fabric.barrier()
            return everyone, characters(data, cache / "val", views, size, report, "val")
        kept = self.config.validation if len(everyone) >= 5 * self.config.validation else 0
        # Evenly from the sorted keys, so that adding characters changes little.
        chosen = [(2 * i + 1) * len(everyone) // (2 * kept) for i in range(kept)]
        rest = sorted(set(range(len(everyone))) - set(chosen))
        return everyone.only(rest) if kept else everyone, everyone.only(chosen)

    def _lpips(self) -> Lpips | None:
        lpips = load_lpips()
        if lpips is None:
            self._say("LPIPS weights not found: training goes on without that term (`panic3d weights fetch` gets them)")
            return None
        return lpips.to(self.fabric.device)

    def _done(self) -> float:
        """The share of the run that is over, by steps or by time."""
        steps, minutes = self.config.steps, self.config.minutes
        return max(self.step / steps if steps else 0.0, self.seconds / (60 * minutes) if minutes else 0.0)

    def _progress(self) -> Any:
        from contextlib import nullcontext

        if not self.fabric.is_global_zero:
            return nullcontext()
        total = self.config.steps or 1000
        return Progress("training", total, int(total * min(1, self._done())))

    def _words(self) -> str:
        return f"step {self.step} loss {self.recent['total']:.3f}"

    def _epoch(self) -> float:
        return round(self.step * self.config.batch / self.order.epoch_length, 3)

    def _averaged(self) -> Reconstructor:
        model = Reconstructor(self.config.model).to(self.fabric.device)
        model.load_state_dict(self.average.tensors)
        return model.eval()

    def _validate(self) -> None:
        if not self.fabric.is_global_zero:
            return
        shown = self.validation if len(self.validation) else self.training.only([*range(min(6, len(self.training)))])
        model = self._averaged()
        sheet(model, shown, self.folder / files.SAMPLES / f"step-{self.step:07d}.png")
        if len(self.validation):
            record = {"step": self.step, "seconds": round(self.seconds, 2)}
            scores = validate(model, self.validation, self.lpips)
            files.append_metrics(self.folder, record | {f"validation_{name}": v for name, v in scores.items()})

    def _save(self) -> None:
        state = {
            "step": self.step, "seconds": self.seconds, "model": self.model.state_dict(),
            "average": self.average.tensors, "optimiser": self.optimiser.state_dict(),
        }  # fmt: skip
        files.save_state(self.folder, state)

    def _export(self) -> None:
        facts = {"steps": self.step, "seconds": round(self.seconds), "characters": len(self.training)}
        files.save_weights(self.folder / files.WEIGHTS, self.average.tensors, self.config, facts)

    def _say(self, sentence: str) -> None:
        if self.fabric.is_global_zero:
            click.echo(sentence, err=True)


def learning_rate(config: TrainConfig, step: int, done: float) -> float:
    """Linear warm-up, then a cosine from the full rate to its final share as the run goes from 0 to 1."""
    settings = config.optimiser
    warm = min(1.0, (step + 1) / settings.warmup_steps) if settings.warmup_steps else 1.0
    fall = (1 + math.cos(math.pi * min(1.0, done))) / 2
    return settings.learning_rate * warm * (settings.final_share + (1 - settings.final_share) * fall)


def use_bf16(config: TrainConfig, device: torch.device) -> bool:
    """Whether bfloat16 pays: on GPUs that have it, and on processors that multiply it in hardware."""
    if config.bf16 != "auto":
        return config.bf16 == "on"
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return device.type == "cpu" and torch.cpu._is_avx512_bf16_supported()


def _views_of(data: Path) -> tuple[str, ...]:
    """The four views, and the top where the first sample has it."""
    for _, _, members in samples(data, lambda _: None):
        return (*VIEWS, "top") if "top.rgba.png" in members else VIEWS
    return VIEWS
