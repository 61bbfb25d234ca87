"""Train and score every configuration with every seed, one after the other. Finished runs are not repeated."""

import json
import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from panic3d.benchmark.ablations.claims import BASE, CONFIGURATIONS, VARIANTS, Variant
from panic3d.benchmark.protocols.protocol import load_protocol
from panic3d.benchmark.running import BenchmarkEntry, predict
from panic3d.benchmark.scoring import score_predictions
from panic3d.benchmark.suites.suite import Suite
from panic3d.models.engine.checkpoint import METRICS, STATE, WEIGHTS
from panic3d.models.engine.settings import to_yaml
from panic3d.models.reconstructor.training.config import ReconstructorTrainConfig, load_config
from panic3d.models.reconstructor.training.train import train
from panic3d.models.reconstructor.weights import change_inference
from panic3d.runtime.errors import UserError
from panic3d.runtime.files import write_atomically
from panic3d.shards.schema import encode_json

FINISHED = "finished.json"
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class AblationStudy:
    """The dataset, output folder and length of an ablation study."""

    data: Path
    out: Path
    minutes: float
    seeds: int
    settings: tuple[str, ...] = ()
    """Settings in addition to those of each configuration."""

    def make_config(self, name: str, seed: int) -> ReconstructorTrainConfig:
        clock = (f"minutes={self.minutes}", "clock=processor", f"seed={seed}")
        return load_config("small", [*BASE, *clock, *CONFIGURATIONS[name], *self.settings])

    def cache_folder(self, config: ReconstructorTrainConfig) -> Path:
        """Return the folder for cached samples. Runs with a discriminator need more views, so they have their own."""
        return self.out / "cache" / ("judged" if config.adversarial.weight else "plain")

    def run_folder(self, name: str, seed: int) -> Path:
        return self.out / "runs" / f"{name.replace(' ', '-')}-seed{seed}"


def measure_run(study: AblationStudy, name: str, seed: int) -> dict[str, float]:
    """Train a configuration with a seed, or resume or read its run, and return its last validation metrics.

    The result also holds the number of steps and the seconds. Raises UserError if the folder of the run holds one with
    other settings, or if the dataset has no characters for validation.
    """
    run, config = study.run_folder(name, seed), study.make_config(name, seed)
    wanted = to_yaml(config)
    if (run / FINISHED).exists():
        record = json.loads((run / FINISHED).read_text())
        if record["config"] != wanted:
            raise UserError(f"{run} is a run with other settings: choose another --out, or remove the folder")
        return dict(record["numbers"])
    logger.info("%s, seed %d", name, seed)
    train(study.data, run, replace(config, cache=str(study.cache_folder(config))), resume=(run / STATE).exists())
    numbers = _read_last_validation(run)
    write_atomically(run / FINISHED, encode_json({"schema": 1, "config": wanted, "numbers": numbers}))
    return numbers


def _read_last_validation(run: Path) -> dict[str, float]:
    lines = [json.loads(line) for line in (run / METRICS).read_text().splitlines()]
    found = [line for line in lines if "validation_chamfer_mm" in line]
    if not found:
        raise UserError(f"{run} has no validation: give a dataset of at least 40 characters, or one with a split 'val'")
    prefix = "validation_"
    numbers = {name.removeprefix(prefix): v for name, v in found[-1].items() if name.startswith(prefix)}
    return numbers | {"steps": found[-1]["step"], "seconds": found[-1]["seconds"]}


def measure_variant(study: AblationStudy, suite: Suite, variant: str, seed: int) -> dict[str, float]:
    """Reconstruct the suite with a variant and the weights of `full` for a seed; return the means by column."""
    how = VARIANTS[variant]
    stem = f"{variant.replace(' ', '-')}-seed{seed}"
    predictions = study.out / "predictions" / stem
    entry = BenchmarkEntry(stem, "panic3d", _find_weights(study, how, seed))
    predict(entry, suite, "drawing", predictions, line_removal=how.line_removal)
    scored = study.out / "scores" / f"{stem}.json"
    result = score_predictions(predictions, suite, load_protocol("standard"), stem, scored)
    means = {column.name: result.average(column.name) for column in load_protocol("standard").columns}
    return {name: mean.mean for name, mean in means.items() if mean is not None and math.isfinite(mean.mean)}


def _find_weights(study: AblationStudy, how: Variant, seed: int) -> Path:
    run = study.run_folder("full", seed)
    if how.stitch:
        return run / WEIGHTS
    unstitched = run / "unstitched.safetensors"
    change_inference(run / WEIGHTS, ["model.inference.stitch=false"], unstitched)
    return unstitched


def measure_runs(study: AblationStudy, suite: Suite | None, names: Sequence[str]) -> dict[str, list[dict[str, float]]]:
    """Measure all configurations and variants; return, by name, one dictionary of metrics per seed.

    All runs of a seed come before the next seed, so that a study that is interrupted can still be compared by seed.
    Variants need a suite and the configuration `full`.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for seed in range(study.seeds):
        for name in names:
            found.setdefault(name, []).append(measure_run(study, name, seed))
        if suite is None or "full" not in names:
            continue
        for variant in VARIANTS:
            found.setdefault(variant, []).append(measure_variant(study, suite, variant, seed))
    return found
