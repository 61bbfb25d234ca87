"""The training loop of every model: one path for one CPU, several processes or GPUs."""

import logging
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric
from PIL import Image
from torch import Tensor

from panic3d.datasets.splits import choose_by_key
from panic3d.models.engine.checkpoint import (
    CONFIG,
    SAMPLES,
    STATE,
    WEIGHTS,
    encode_avatars,
    load_state,
    save_state,
    start_from_weights,
)
from panic3d.models.engine.config import RunConfig
from panic3d.models.engine.devices import launch
from panic3d.models.engine.ema import MovingAverage, get_buffers
from panic3d.models.engine.exports import RunWeights
from panic3d.models.engine.interrupt import StopRequest
from panic3d.models.engine.metrics import MetricsLog
from panic3d.models.engine.schedule import compute_run_progress, learning_rate
from panic3d.models.engine.seeds import derive_step_seed
from panic3d.models.engine.settings import to_yaml
from panic3d.models.engine.task import CalibratedTask, Task
from panic3d.models.engine.validation import ValidationClock, gather_records
from panic3d.runtime.errors import UserError
from panic3d.runtime.files import write_atomically, write_image_atomically
from panic3d.runtime.folder_lock import lock_folder
from panic3d.runtime.interrupts import compute_exit_code, describe_stop
from panic3d.runtime.memory import explain_out_of_memory
from panic3d.runtime.progress import Progress

logger = logging.getLogger(__name__)

TIMED_RUN_TICKS = 1000
"""Length of the progress bar where the run ends by time."""


def run_training(
    build: Callable[[Fabric], Task],
    run: Path,
    config: RunConfig,
    resume: bool,
    memory_advice: str = "set a smaller batch",
) -> None:
    """Start the processes of a run, build the task in each, and train into a run folder.

    The folder then holds config.yaml, metrics.jsonl, samples/, state.pt, weights.safetensors, best.safetensors if
    there was a validation, and snapshots if they are wanted. With `resume` the run
    continues from its state. `memory_advice` is what the error says to change when memory runs out. Raises UserError
    for settings that do not go together or where another process trains into the folder, and SystemExit after Ctrl-C or
    SIGTERM, once the state is saved.
    """
    fabric = launch(config)
    lock = lock_folder(run) if fabric.is_global_zero else nullcontext()
    with lock, explain_out_of_memory(memory_advice):
        torch.manual_seed(config.seed)
        TrainingRun(fabric, run, config, build(fabric), resume).train()


class TrainingRun:
    """One process's part of a run."""

    def __init__(self, fabric: Fabric, folder: Path, config: RunConfig, task: Task, resume: bool) -> None:
        self.fabric, self.folder, self.config, self.task = fabric, folder, config, task
        if config.initial_weights and not resume:
            start_from_weights(task.model, Path(config.initial_weights), config.model_kind)
        self.average = MovingAverage.from_config(task.model, config.optimiser)
        self.step, self.pictures, self.seconds = 0, 0, 0.0
        self.recent: dict[str, float] = {}  # of each metric the last value: some are computed at few steps only
        if fabric.is_global_zero:
            write_atomically(folder / CONFIG, to_yaml(config).encode())
        if resume:
            state = load_state(folder)
            self.step, self.seconds = state["step"], state["seconds"]
            try:
                self.pictures = int(state.get("pictures", self.step * config.batch))  # states of older versions
                self.average.load(state["average"])
                self.recent = state.get("recent", {})  # states of older versions have none
                if not all(isinstance(value, int | float) for value in self.recent.values()):
                    raise ValueError("expected numbers as recent metrics")
                task.load_state_dict(state)
            except Exception as error:  # parts that are missing or of other types fail anywhere in PyTorch
                said = " ".join(str(error).split())[:100]
                raise UserError(
                    f"{folder / STATE} does not fit {folder / CONFIG} ({type(error).__name__}: {said}): "
                    "start again without --resume"
                ) from error
        self.validated = choose_by_key(task.list_validation_keys(), config.validation_limit)
        if fabric.is_global_zero:
            self.metrics = MetricsLog(folder, config.tensorboard, self.step)
            self.weights = RunWeights(folder, config, encode_avatars(task.list_training_keys()), resume)

    def train(self) -> None:
        """Take steps until the end of the run or an interruption; then save, export, and validate unless interrupted.

        Weights are always written before they are validated: a run that is killed in a validation has them.
        """
        started, seconds_before = self._read_clock(), self.seconds
        saved_s = time.monotonic()
        self.clock = ValidationClock(self.config.validate_every_s, self.config.validation_share)
        with StopRequest() as stop, self._open_progress_bar() as progress:
            while self._compute_progress() < 1 and not stop.received:
                self._step()
                self.seconds = seconds_before + self._read_clock() - started
                # All processes follow the clocks and the signals of the first one.
                self.seconds, stop.received, due = self.fabric.broadcast(
                    (self.seconds, stop.received, self.clock.is_due())
                )
                if progress is not None:
                    progress.step(self._describe_step(), max(0, self._count_ticks() - progress.done))
                now_s = time.monotonic()
                if now_s - saved_s > self.config.save_every_s:
                    self._save()
                    saved_s = time.monotonic()
                if due:
                    self._export_and_validate()
        self._save()
        if stop.received:
            self._export()
        else:
            self._export_and_validate()
        self.task.close()
        if stop.received:
            said = "%s at step %d, state saved: the same command with --resume continues"
            logger.info(said, describe_stop(stop.received), self.step)
            raise SystemExit(compute_exit_code(stop.received))
        logger.info("%d steps in %.0f s; weights: %s", self.step, self.seconds, self.folder / WEIGHTS)

    def _step(self) -> None:
        fabric, config = self.fabric, self.config
        torch.manual_seed(derive_step_seed(config.seed, self.step * fabric.world_size + fabric.global_rank))
        rate = learning_rate(config.optimiser, self.step, self._compute_progress())
        metrics, updated = self.task.step(self.step, rate)
        if updated:
            self.average.update(self.task.model, self.step)
        self.recent |= {"learning_rate": rate, **metrics}
        self.step, self.pictures = self.step + 1, self.pictures + config.batch
        every = round(1000 * config.snapshot_every_kimg)
        if every and self.pictures // every > (self.pictures - config.batch) // every:
            self._export(snapshot=True)
        if self.step % config.log_every == 0 or self.step == 1:
            self._log(self.recent)

    def _save(self) -> None:
        if self.fabric.is_global_zero:
            own = {
                "step": self.step, "pictures": self.pictures, "seconds": self.seconds, "recent": self.recent,
                "average": self.average.tensors,
            }  # fmt: skip
            save_state(self.folder, self.task.state_dict() | own)

    @torch.no_grad()
    def _export(self, snapshot: bool = False) -> dict[str, Tensor]:
        """Write the averaged weights as the latest, and as a snapshot too if that is wanted; return them, calibrated.

        The average itself stays: its state must not depend on when a validation was due. Processes other
        than the first return nothing.
        """
        if not self.fabric.is_global_zero:
            return {}
        tensors = self.average.tensors
        if isinstance(self.task, CalibratedTask):
            with self.average.apply_to(self.task.model):
                self.task.calibrate()
                tensors = {name: tensor.clone() for name, tensor in self.task.model.state_dict().items()}
        self.weights.write_latest(tensors, self._list_facts())
        if snapshot:
            self.weights.write_snapshot(tensors, self._list_facts(), self.pictures)
        return tensors

    @torch.no_grad()
    def _export_and_validate(self) -> None:
        """Write the averaged weights; then score them on the validation samples, of which each process has a share."""
        exported = self._export()
        started_s, fabric, task = time.monotonic(), self.fabric, self.task
        buffers = fabric.broadcast({name: exported[name].cpu() for name in get_buffers(task.model) if exported})
        with self.average.apply_to(task.model):
            task.model.load_state_dict(buffers, strict=False)
            sheet = task.sample_sheet() if fabric.is_global_zero else None
            own = task.score_samples(self.validated[fabric.global_rank :: fabric.world_size]) if self.validated else []
            records = gather_records(fabric, own, len(self.validated))
        if not fabric.is_global_zero:
            return
        if sheet is not None:
            path = self.folder / SAMPLES / f"step-{self.step:07d}.png"
            path.parent.mkdir(exist_ok=True)
            write_image_atomically(path, Image.fromarray(sheet))
        scores = task.summarise_scores(records) if records else {}
        self.clock.add(time.monotonic() - started_s)
        if scores:
            self._report_validation(scores, exported)

    def _report_validation(self, scores: dict[str, float], exported: dict[str, Tensor]) -> None:
        best = self.weights.write_if_best(exported, self._list_facts(), scores, self.task.best_by)
        share, seconds = self.clock.compute_share(), self.clock.last_s
        named = {f"validation_{name}": value for name, value in scores.items()}
        own = {"validated": len(self.validated), "validation_seconds": round(seconds, 3), "validation_share": share}
        self._log(named | own)
        logger.info(
            "step %d: weights written, then %d samples validated in %.1f s (%.1f%% of the time so far)%s",
            self.step, len(self.validated), seconds, 100 * share, ", the best so far" if best else "",
        )  # fmt: skip

    def _list_facts(self) -> dict[str, Any]:
        facts = {"steps": self.step, "pictures": self.pictures, "seconds": round(self.seconds)}
        return facts | {"clock": self.config.clock} | self.task.facts()

    def _log(self, values: dict[str, float]) -> None:
        if self.fabric.is_global_zero:
            self.metrics.write({"step": self.step, "seconds": round(self.seconds, 2)} | values)

    def _read_clock(self) -> float:
        """Seconds by the clock that `minutes` counts."""
        return time.monotonic() if self.config.clock == "wall" else time.process_time()

    def _compute_progress(self) -> float:
        return compute_run_progress(self.config, self.step, self.seconds)

    def _count_ticks(self) -> int:
        return int((self.config.steps or TIMED_RUN_TICKS) * min(1.0, self._compute_progress()))

    def _open_progress_bar(self) -> Any:
        if not self.fabric.is_global_zero:
            return nullcontext()
        return Progress("training", self.config.steps or TIMED_RUN_TICKS, self._count_ticks())

    def _describe_step(self) -> str:
        loss = f" loss {self.recent['total']:.3f}" if "total" in self.recent else ""
        return f"step {self.step}{loss}"
