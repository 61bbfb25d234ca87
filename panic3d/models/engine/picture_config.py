"""What the runs of networks on plain pictures have in common: line removal, its rivals."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class PictureRunConfig:
    """A run's length, pace and machine."""

    seed: int = 0
    batch: int = 1
    """Pictures or patches a step, over all devices."""
    steps: int = 0
    """The run ends after this many steps (0: no such limit) ..."""
    minutes: float = 0.0
    """... or after this time (0: no such limit), whichever comes first; one of them must be given."""
    clock: Literal["wall", "processor"] = "wall"
    """What `minutes` counts; on a machine that is shared the processor's time is the fair one."""
    final_share: float = 0.05
    """Of the learning rate, at the end."""
    constant_share: float = 0.5
    """Of the run, before the learning rate begins to fall in a line."""
    accelerator: str = "auto"
    devices: int = 1
    nodes: int = 1
    log_every: int = 20
    """Steps between lines of metrics.jsonl."""
    save_every_s: float = 120.0
    validate_every_s: float = 120.0
    cache: str = ""
    """Folder of the decoded pictures; RUN/cache where empty."""
    validation: int = 8
    """Pictures kept from training where the dataset has no `val` split; none under 5 times as many."""
