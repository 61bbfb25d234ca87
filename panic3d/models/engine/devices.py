"""The processes of a run and their precision, by Lightning Fabric: one CPU, several GPUs, several machines."""

import logging
import os
from typing import Any

import torch
from lightning_fabric import Fabric
from lightning_fabric.strategies import DDPStrategy

from panic3d.models.engine.config import RunConfig
from panic3d.runtime.errors import UserError
from panic3d.runtime.worker_processes import end_with_parent


def check_length(config: RunConfig) -> None:
    """Raise UserError if the run has no end, or no share for validation, or its processes cannot share a batch."""
    if not config.steps and not config.minutes:
        raise UserError("a run needs an end: give --set steps=N or --set minutes=N")
    processes = config.devices * config.nodes
    if config.batch % processes:
        raise UserError(f"a batch of {config.batch} cannot be shared by {processes} processes")
    if not 0 < config.validation_share <= 1:
        raise UserError(f"validation_share is more than 0 and at most 1, found {config.validation_share}")


def launch(config: RunConfig) -> Fabric:
    """Start the processes of a run and return the handle of this one. Raises UserError as `check_length` does."""
    check_length(config)
    torch.backends.cudnn.allow_tf32 = config.tf32 != "off"
    torch.backends.cuda.matmul.allow_tf32 = config.tf32 == "all"
    several = config.devices * config.nodes > 1
    strategy: Any = DDPStrategy(find_unused_parameters=True) if several else "auto"
    fabric = Fabric(accelerator=config.accelerator, strategy=strategy, devices=config.devices, num_nodes=config.nodes)
    fabric.launch()
    if not fabric.is_global_zero:  # the first process reports for all
        end_with_parent(os.getppid())  # that process, a launcher or an agent of the scheduler
        logging.getLogger("panic3d").setLevel(logging.ERROR)
    return fabric


def use_bf16(config: RunConfig, device: torch.device) -> bool:
    """Return whether to compute in bfloat16; `auto`: on GPUs and processors that multiply it in hardware."""
    if config.bf16 != "auto":
        return config.bf16 == "on"
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return device.type == "cpu" and torch.cpu._is_avx512_bf16_supported()
