"""The training loop: one path for one CPU, several processes or GPUs (Lightning Fabric)."""

import math
import signal
import time
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, Generic, TypeVar

import click
import torch
from lightning_fabric import Fabric
from lightning_fabric.strategies import DDPStrategy

from panic3d.cameras.rigs import RIGS
from panic3d.datasets.batches import Batches, Share
from panic3d.datasets.cache import characters
from panic3d.datasets.multiview import VIEWS, Order
from panic3d.datasets.reader import samples, splits_of
from panic3d.datasets.source import Source, open_shards
from panic3d.models.engine import files
from panic3d.models.engine.config import OptimiserConfig, RunConfig, TrainConfig, to_yaml
from panic3d.models.reconstructor.fields.field import FieldNetwork
from panic3d.models.reconstructor.network.network import Reconstructor
from panic3d.models.reconstructor.semantic import tagger_of
from panic3d.models.reconstructor.training.checks import check, check_shares
from panic3d.models.reconstructor.training.samples import sheet
from panic3d.models.reconstructor.training.steps import LatticeSteps, Steps
from panic3d.models.reconstructor.training.validation import Looking, look, validate
from panic3d.models.reconstructor.training.volume_look import look_by_volume
from panic3d.models.reconstructor.training.volume_steps import VolumeSteps
from panic3d.runtime.errors import UserError
from panic3d.runtime.extras import missing_library
from panic3d.runtime.memory import explain_out_of_memory
from panic3d.runtime.progress import Progress
from panic3d.weights.lpips import Lpips, load_lpips

ROOM = (
    "set accumulate to a divisor of the batch (the same gradients from smaller parts), then a smaller batch; with "
    "renderer=volume also volume.rays_at_once"
)
Config = TypeVar("Config", bound=RunConfig)
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
    check(config)
    launch(ReconstructorRun, data, run, config, resume)


def launch(kind: "type[Run[Any]]", data: Path, run: Path, config: RunConfig, resume: bool) -> None:
    """Starts the processes of a run, each of which goes its part. UserError where they cannot share a batch."""
    if not config.steps and not config.minutes:
        raise UserError("a run needs an end: give --set steps=N or --set minutes=N")
    check_shares(config)
    several = config.devices * config.nodes > 1
    strategy: Any = DDPStrategy(find_unused_parameters=True) if several else "auto"
    fabric = Fabric(accelerator=config.accelerator, strategy=strategy, devices=config.devices, num_nodes=config.nodes)
    fabric.launch()
    with explain_out_of_memory(ROOM):
        kind(fabric, data, run, config, resume).go()


class Run(Generic[Config]):
    """One process's part of a training run of some network, which a subclass names."""

    looking: Looking = staticmethod(look)
    """How validation and sample sheets look at the network's heads."""

    def network(self) -> FieldNetwork:
        """A fresh one."""
        raise NotImplementedError

    def learning(self) -> Steps:
        """How it learns."""
        raise NotImplementedError

    def views(self) -> tuple[str, ...]:
        """What is read of each character."""
        return views_of(self.data, perspective=False)

    def facts(self) -> dict[str, Any]:
        """What the weights' file says of the run, beside its configuration."""
        return {"steps": self.step, "seconds": round(self.seconds), "characters": len(self.training)}

    def __init__(self, fabric: Fabric, data: Path, folder: Path, config: Config, resume: bool) -> None:
        self.fabric, self.data, self.folder, self.config = fabric, data, folder, config
        if fabric.is_global_zero:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / files.CONFIG).write_text(to_yaml(config))
        self.training, self.validation = self._characters()
        order = Order(len(self.training), config.mirror, config.seed)
        share = Share(fabric.global_rank, fabric.world_size)
        self.batches = Batches(self.training, order, config.batch, share, config.readers)
        torch.manual_seed(config.seed)
        self.lpips = self._lpips()
        self.bf16 = use_bf16(config.bf16, fabric.device)
        self.steps = self.learning()
        self.step, self.seconds = 0, 0.0
        if resume:
            state = files.load_state(folder)
            self.step, self.seconds = state["step"], state["seconds"]
            self.batches.load_state_dict(state["reading"])
            self.steps.load_state_dict(state)
        self.board = board(folder) if config.tensorboard and fabric.is_global_zero else None
        self.recent: dict[str, float] = {}

    def go(self) -> None:
        """Steps until the end of the run, an interruption, or weights that are no numbers."""
        now, worked = time.monotonic(), self._clock()
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
                self.seconds = before + self._clock() - worked
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
        self.batches.close()
        if interrupt.asked:
            self._say(f"stopped at step {self.step}, state saved: the same command with --resume goes on")
            raise SystemExit(INTERRUPTED)
        self._say(f"{self.step} steps in {self.seconds:.0f} s; weights: {self.folder / files.WEIGHTS}")

    def _step(self, done: float) -> None:
        config = self.config
        rank, processes = self.fabric.global_rank, self.fabric.world_size
        torch.manual_seed(config.seed * 1_000_003 + self.step * processes + rank)  # noise and rays, where by chance
        drawn = range(self.batches.position + rank, self.batches.position + config.batch, processes)
        mirrored = [flipped for _, flipped in self.batches.order.at(drawn)]
        rate = learning_rate(config.optimiser, self.step, done)
        self.recent |= self.steps.step(next(self.batches), mirrored, self.step, rate)
        self.step += 1
        if self.fabric.is_global_zero and (self.step % config.log_every == 0 or self.step == 1):
            record = {"step": self.step, "seconds": round(self.seconds, 2), "epoch": round(self.batches.epoch(), 3)}
            self._log(record | {"learning_rate": rate} | self.recent)

    def _clock(self) -> float:
        """Seconds of what the run's time is counted in."""
        return time.monotonic() if self.config.clock == "wall" else time.process_time()

    def _log(self, record: dict[str, Any]) -> None:
        files.append_metrics(self.folder, record)
        if self.board is not None:
            for name in record.keys() - {"step"}:
                self.board.add_scalar(name, record[name], record["step"])
            self.board.flush()

    def _characters(self) -> tuple[Source, Source]:
        views = self.views()
        everyone = self._source(views, "train")
        if "val" in splits_of(self.data):
            return everyone, self._source(views, "val")
        kept = self.config.validation if len(everyone) >= 5 * self.config.validation else 0
        # Evenly from the sorted keys, so that adding characters changes little.
        chosen = [(2 * i + 1) * len(everyone) // (2 * kept) for i in range(kept)]
        rest = sorted(set(range(len(everyone))) - set(chosen))
        return everyone.only(rest) if kept else everyone, everyone.only(chosen)

    def _source(self, views: tuple[str, ...], split: str) -> Source:
        size = self.config.model.picture_size
        if self.config.reading == "stream":
            return open_shards(self.data, views, size, self._say, split)
        cache = (Path(self.config.cache) if self.config.cache else self.folder / "cache") / split
        # One process decodes, the others then find the work done.
        if self.fabric.is_global_zero:
            characters(self.data, cache, views, size, self._say, split)
        self.fabric.barrier()
        return characters(self.data, cache, views, size, self._say, split)

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

    def _averaged(self) -> FieldNetwork:
        model = self.network().to(self.fabric.device)
        model.load_state_dict(self.steps.average.tensors)
        return model.eval()

    def _validate(self) -> None:
        if not self.fabric.is_global_zero:
            return
        shown = self.validation if len(self.validation) else self.training.only([*range(min(6, len(self.training)))])
        model = self._averaged()
        sheet(model, shown, self.folder / files.SAMPLES / f"step-{self.step:07d}.png", self.looking)
        if len(self.validation):
            record = {"step": self.step, "seconds": round(self.seconds, 2)}
            scores = validate(model, self.validation, self.lpips, self.looking)
            self._log(record | {f"validation_{name}": v for name, v in scores.items()})

    def _save(self) -> None:
        state = {"step": self.step, "seconds": self.seconds, "reading": self.batches.state_dict()}
        state |= self.steps.state_dict()
        files.save_state(self.folder, state)

    def _export(self) -> None:
        files.save_weights(self.folder / files.WEIGHTS, self.steps.average.tensors, self.config, self.facts())

    def _say(self, sentence: str) -> None:
        if self.fabric.is_global_zero:
            click.echo(sentence, err=True)


class ReconstructorRun(Run[TrainConfig]):
    """PAniC-3D's network, on the lattice or by volume rendering."""

    def network(self) -> Reconstructor:
        return Reconstructor(self.config.model)

    def learning(self) -> Steps:
        model, keys = self.network(), self.training.keys
        tagger = tagger_of(self.config.model, self._say, self.fabric.device)
        if self.config.renderer == "lattice":
            self.looking = partial(look, tagger=tagger)
            return LatticeSteps(self.fabric, self.config, model, self.lpips, tagger, self.bf16, self._say)
        self.looking = partial(look_by_volume, config=self.config.volume, tagger=tagger)
        return VolumeSteps(self.fabric, self.config, model, keys, self.lpips, tagger, self.bf16, self._say)

    def views(self) -> tuple[str, ...]:
        perspective = self.config.renderer == "volume" and self.config.adversarial.weight > 0
        return views_of(self.data, perspective)


def learning_rate(settings: OptimiserConfig, step: int, done: float) -> float:
    """Linear warm-up, then a cosine from the full rate to its final share as the run goes from 0 to 1."""
    warm = min(1.0, (step + 1) / settings.warmup_steps) if settings.warmup_steps else 1.0
    fall = (1 + math.cos(math.pi * min(1.0, done))) / 2
    return settings.learning_rate * warm * (settings.final_share + (1 - settings.final_share) * fall)


def use_bf16(wanted: str, device: torch.device) -> bool:
    """Whether bfloat16 pays: on GPUs that have it, and on processors that multiply it in hardware."""
    if wanted != "auto":
        return wanted == "on"
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return device.type == "cpu" and torch.cpu._is_avx512_bf16_supported()


def views_of(data: Path, perspective: bool) -> tuple[str, ...]:
    """The four views, and the top where the first sample has it; if asked, its perspective ones too."""
    wanted = ("top", *(RIGS["persp8"] if perspective else ()))
    for _, _, members in samples(data, lambda _: None):
        return (*VIEWS, *(view for view in wanted if f"{view}.rgba.png" in members))
    return VIEWS


def board(folder: Path) -> Any:
    """TensorBoard's writer. UserError where the extra is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise missing_library("tensorboard", "tensorboard=true") from error
    return SummaryWriter(str(folder / "tensorboard"))
