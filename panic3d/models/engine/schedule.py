"""How far a run has gone, and the learning rate that follows from it."""

import math

from panic3d.models.engine.config import OptimiserConfig, RunConfig


def compute_run_progress(config: RunConfig, step: int, seconds: float) -> float:
    """Return the share of the run that is over, by steps or by time, whichever is further; 1 or more at its end."""
    by_steps = step / config.steps if config.steps else 0.0
    by_time = seconds / (60 * config.minutes) if config.minutes else 0.0
    return max(by_steps, by_time)


def learning_rate(config: OptimiserConfig, step: int, progress: float) -> float:
    """Return the learning rate of a step in a run of which the share `progress`, in [0, 1], is over."""
    if config.schedule == "linear":
        return _compute_linear_rate(config, progress)
    return _compute_cosine_rate(config, step, progress)


def _compute_cosine_rate(config: OptimiserConfig, step: int, progress: float) -> float:
    """Return a linear warm-up, times a cosine from the full rate to its final share."""
    warm = min(1.0, (step + 1) / config.warmup_steps) if config.warmup_steps else 1.0
    fall = (1 + math.cos(math.pi * min(1.0, progress))) / 2
    return config.learning_rate * warm * (config.final_share + (1 - config.final_share) * fall)


def _compute_linear_rate(config: OptimiserConfig, progress: float) -> float:
    """Return the full rate for `constant_share` of the run, then a line to its final share."""
    fall = max(0.0, progress - config.constant_share) / max(1e-9, 1 - config.constant_share)
    return config.learning_rate * (1 - (1 - config.final_share) * min(1.0, fall))
