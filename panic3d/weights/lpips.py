"""LPIPS (Zhang et al., CVPR 2018, arXiv 1801.03924, v0.1, AlexNet), for the loss and for the metric."""

import importlib
import sys
import warnings

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.library import Library

from panic3d.weights.catalogue import LPIPS_ALEXNET


class Lpips(nn.Module):
    """The distance of two batches of pictures; frozen, always in evaluation mode, differentiable in its inputs."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network.requires_grad_(False).eval()

    def train(self, mode: bool = True) -> "Lpips":
        # its dropout before the linear heads must stay off when a parent module is set to train
        return super().train(False)

    def forward(self, prediction: Float[Tensor, "N 3 H W"], target: Float[Tensor, "#N 3 H W"]) -> Float[Tensor, "N"]:
        """Distances (no unit, 0 = identical, lower is better) of RGB pictures in [-1, 1], maybe all to one target."""
        return self.network(prediction, target).flatten()


def load_lpips() -> Lpips | None:
    """LPIPS with AlexNet's weights from the cache folder, or None where they are absent (`panic3d weights fetch`)."""
    if LPIPS_ALEXNET.state() != "present":
        return None
    from safetensors.torch import load_file

    make_torchvision_importable()
    import lpips

    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torchvision on the old spelling of `pretrained` inside lpips
        network = lpips.LPIPS(net="alex", pnet_rand=True, verbose=False)
    tensors = load_file(LPIPS_ALEXNET.path)
    # lpips cuts the backbone into slices that keep the numbers of torchvision's layers
    slices = {number: name for name, child in network.net.named_children() for number, _ in child.named_children()}
    backbone = {f"{slices[name.split('.')[1]]}.{name.split('.', 1)[1]}": tensor for name, tensor in tensors.items()}
    network.net.load_state_dict(backbone, strict=True)
    return Lpips(network)


def make_torchvision_importable() -> None:
    """Makes torchvision importable, whose compiled part does not load beside every build of torch; lpips imports it."""
    try:
        importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::nms does not exist" not in str(error):
            raise
        _declare_torchvision_operators()
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        importlib.import_module("torchvision")


_LIBRARIES: list[Library] = []  # a declaration lives as long as its Library object


def _declare_torchvision_operators() -> None:
    """Declare, without code, the operators that torchvision's Python part refers to when it is imported."""
    library = Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _LIBRARIES.append(library)
