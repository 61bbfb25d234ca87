"""A device that exists in name only: its tensors are computed on the CPU, and mixing them with the CPU's is an error.

PyTorch calls it `meta`, the one type of device that every build knows beside the CPU; unlike real meta tensors those
here have numbers, so that whole trainings run. What a GPU refuses is refused: operations on tensors of two devices
(numbers without dimensions may come from the CPU), `.numpy()` on a tensor of the device, and a generator of the CPU
that draws on it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest
import torch
from lightning_fabric.accelerators import CPUAccelerator
from lightning_fabric.strategies import SingleDeviceStrategy
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

PRETENDED = torch.device("meta")
CPU = torch.device("cpu")
aten = torch.ops.aten
COPIES = (aten._to_copy.default, aten.copy_.default, aten.copy.default)

INDEXING = (aten.index.Tensor, aten.index_put_.default, aten.index_put.default)


class MixedDevices(RuntimeError):
    """An operation was given tensors of the pretended device and of the CPU."""


class PretendedTensor(torch.Tensor):
    """A tensor that says it is on the pretended device."""

    held: torch.Tensor

    @staticmethod
    def __new__(cls, held: torch.Tensor) -> "PretendedTensor":
        made = torch.Tensor._make_wrapper_subclass(
            cls, held.size(), strides=held.stride(), storage_offset=held.storage_offset(), dtype=held.dtype,
            layout=held.layout, device=PRETENDED, requires_grad=held.requires_grad,
        )  # fmt: skip
        made.held = held
        return made

    def __deepcopy__(self, memo: dict[int, Any]) -> "PretendedTensor":
        return PretendedTensor(self.held.detach().clone())

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Pickle as a tensor that is loaded onto the CPU."""
        return self.held.detach().__reduce_ex__(protocol)

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # type: ignore[override]
        return run(func, args, kwargs or {})


class PretendedDevice(TorchDispatchMode):
    """Runs every operation inside a `with` block where its tensors say they are."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return run(func, args, kwargs or {})


class ConstructorsOnTheDevice(TorchFunctionMode):
    """Lets `torch.tensor` make pretended tensors, which it would make without the operations that are dispatched."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if func in (torch.tensor, torch.as_tensor) and kwargs.get("device") in (PRETENDED, PRETENDED.type):
            return func(*args, **(kwargs | {"device": CPU})).to(PRETENDED)
        if func in (torch.Tensor.__getitem__, torch.Tensor.__setitem__):
            index = args[1] if isinstance(args[1], tuple) else (args[1],)
            args = (args[0], tuple(_make_index(part) for part in index), *args[2:])
        return func(*args, **kwargs)


def _make_index(part: Any) -> Any:
    """Return a list of numbers as a tensor of the CPU; PyTorch would make it on the device, without numbers."""
    return torch.tensor(part) if isinstance(part, list) else part


def run(func: Any, args: Any, kwargs: Mapping[str, Any]) -> Any:
    """Run an operation on the CPU and return tensors of the device that it would have run on."""
    tensors = [leaf for leaf in tree_flatten((args, kwargs))[0] if isinstance(leaf, torch.Tensor)]
    if any(t.device == PRETENDED and not isinstance(t, PretendedTensor) for t in tensors):
        raise RuntimeError(f"{func} is given a tensor of the device that was made without its numbers")
    pretended = any(isinstance(tensor, PretendedTensor) for tensor in tensors)
    if pretended and func not in COPIES:
        foreign = [t for t in tensors if not isinstance(t, PretendedTensor) and t.dim() > 0]
        # PyTorch lets indices of any device into indexing, and moves them
        indexing = func in INDEXING and isinstance(args[0], PretendedTensor) and all(map(_is_index, foreign))
        if foreign and not indexing:
            raise MixedDevices(f"{func} is given tensors of two devices, of the CPU one of shape {foreign[0].shape}")
    asked = kwargs.get("device")
    where = torch.device(asked) if asked is not None else PRETENDED if pretended else CPU
    if where == PRETENDED and isinstance(generator := kwargs.get("generator"), torch.Generator):
        raise MixedDevices(f"{func} draws on the device with a generator of {generator.device}")
    plain_args, plain_kwargs = tree_map(_hold, args), tree_map(_hold, dict(kwargs))
    if asked is not None:
        plain_kwargs["device"] = CPU
    found = func(*plain_args, **plain_kwargs)
    if func is aten.copy_.default or func.__name__.split(".")[0].endswith("_"):  # in place: the same tensor again
        first = next(iter(tensors), None)
        if isinstance(found, torch.Tensor) and first is not None and found is _hold(first):
            return first
    return tree_map(_pretend, found) if where == PRETENDED else found


def _is_index(tensor: torch.Tensor) -> bool:
    return tensor.dtype in (torch.int64, torch.bool, torch.int32, torch.uint8)


def _hold(value: Any) -> Any:
    return value.held if isinstance(value, PretendedTensor) else value


def _pretend(value: Any) -> Any:
    return PretendedTensor(value) if type(value) is torch.Tensor else value


@contextmanager
def pretend_device(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let Lightning Fabric's single process run on the pretended device within a `with` block."""
    patch.setattr(SingleDeviceStrategy, "root_device", property(lambda _: PRETENDED))
    patch.setattr(CPUAccelerator, "setup_device", lambda *_: None)
    patch.setattr(torch, "autocast", lambda *_, **__: nullcontext())  # which knows no such device
    torch.__future__.set_swap_module_params_on_conversion(True)  # parameters stay those of the optimiser
    try:
        with ConstructorsOnTheDevice(), PretendedDevice():
            yield
    finally:
        torch.__future__.set_swap_module_params_on_conversion(False)
