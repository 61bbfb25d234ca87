"""The device that a network runs on."""

from typing import Literal, get_args

import click

from panic3d.runtime.errors import UserError, WrongUsage

Device = Literal["auto", "cpu", "cuda", "mps"]
device_option = click.option(
    "--device",
    type=click.Choice(get_args(Device)),
    default="auto",
    show_default=True,
    help="Where networks run. auto: on a CUDA GPU if there is one, else on the CPU.",
)


def choose_device(device: Device) -> Literal["cpu", "cuda", "mps"]:
    """Return the device to use; auto: a CUDA GPU if there is one, else the CPU.

    Raises WrongUsage if the name is unknown, UserError if this machine has no such device.
    """
    if device not in get_args(Device):
        raise WrongUsage(f"unknown device '{device}': choose from {', '.join(get_args(Device))}")
    if device == "cpu":
        return "cpu"
    import torch

    if device == "mps":
        if not torch.backends.mps.is_available():
            raise UserError("PyTorch finds no MPS device on this machine: use the device cpu or auto")
        return "mps"
    if torch.cuda.is_available():
        return "cuda"
    if device == "cuda":
        raise UserError("PyTorch finds no CUDA device on this machine: use the device cpu or auto")
    return "cpu"
