"""The configuration that every training run has: length, pace, devices, precision, clock, state and logging."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from panic3d.models.effects import Effect


@dataclass(frozen=True)
class OptimiserConfig:
    """The optimiser, the schedule of its learning rate, and the moving average of the weights."""

    algorithm: Literal["adamw", "adam"] = "adamw"
    """adamw decouples the weight decay from the gradient; adam adds it to the gradient (L2)."""
    learning_rate: float = 3e-3
    beta1: float = 0.9
    beta2: float = 0.99
    weight_decay: float = 1e-4
    clip: float = 1.0
    """Largest norm of the gradient; 0: no limit."""
    schedule: Literal["cosine", "linear"] = "cosine"
    """cosine: linear warm-up, then a cosine to the final share. linear: constant, then a line to the final share."""
    warmup_steps: int = 50
    """Steps of the linear warm-up (cosine)."""
    constant_share: float = 0.5
    """Share of the run before the learning rate begins to fall (linear)."""
    final_share: float = 0.02
    """Share of the learning rate that is left at the end of the run."""
    ema: float = 0.998
    """Decay of the averaged weights, which are what a run exports; less during the first steps. 0: no average ..."""
    ema_half_life_steps: float = 0.0
    """... or their half-life, which grows with the first steps. Published: 10/32 kimg a picture of the batch, 312.5."""


@dataclass(frozen=True)
class RunConfig:
    """What every run has. It is saved as config.yaml, from which the run can be repeated."""

    model_kind: str = ""
    """The name of the model in `panic3d train`."""
    initial_weights: str = ""
    """The weights file of another run of this model to start from, with its network's configuration; empty: at random.

    Only the exported network starts from it: not discriminators, nor the state of the optimiser.
    """
    seed: int = 0
    batch: int = 16
    """Samples per step, over all devices."""
    steps: int = 0
    """The run ends after this many steps (0: no such limit) ..."""
    minutes: float = 0.0
    """... or after this time (0: no such limit), whichever comes first; one of them must be given."""
    clock: Literal["wall", "processor"] = "wall"
    """What `minutes` counts; on a machine that is shared, processor time makes runs comparable."""
    validation: int = 8
    """Samples kept from training where the dataset has no `val` split; none if there are fewer than 5 times as many."""
    bf16: Literal["auto", "on", "off"] = "auto"
    """Compute in bfloat16 under autocast; auto: where the processor multiplies it in hardware."""
    tf32: Literal["off", "convolutions", "all"] = "convolutions"
    """Which float32 products NVIDIA GPUs compute with 10 bits of mantissa; convolutions: PyTorch's default."""
    accelerator: str = "auto"
    devices: int = 1
    """Processes on each machine."""
    nodes: int = 1
    """Machines, started as Lightning Fabric's launchers expect."""
    log_every: int = 20
    """Steps between lines of metrics.jsonl."""
    validate_every_s: float = 120.0
    """Seconds between validations, each with a sample sheet where the model has one; more where `validation_share`
    demands it. The weights are written before."""
    validation_limit: int = 32
    """Samples that a validation scores, chosen by their keys, so that all runs have the same ones; 0: all. The
    processes of a run share them."""
    validation_share: float = 0.05
    """Largest share of the time that validation may take, in (0, 1]."""
    save_every_s: float = 120.0
    """Seconds between two savings of the resumable state."""
    snapshot_every_kimg: float = 0.0
    """Thousands of pictures between two snapshots of the weights, which later ones do not replace; 0: none."""
    tensorboard: bool = False
    """Also write the metrics as TensorBoard event files (extra `tracking`)."""
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    model: Any = None
    """The network's own configuration."""

    @classmethod
    def list_effects(cls) -> Sequence[Effect]:
        """Return when settings of a run have an effect. Kinds of runs add theirs."""
        return (
            Effect(("clock",), lambda c: c.minutes > 0, "minutes=N"),
            Effect(
                ("optimiser.warmup_steps",), lambda c: c.optimiser.schedule == "cosine", "optimiser.schedule=cosine",
                switches=("optimiser.warmup_steps",),
            ),
            Effect(
                ("optimiser.constant_share",), lambda c: c.optimiser.schedule == "linear", "optimiser.schedule=linear"
            ),
            Effect(
                ("optimiser.ema",), lambda c: not c.optimiser.ema_half_life_steps, "optimiser.ema_half_life_steps=0"
            ),
        )  # fmt: skip
