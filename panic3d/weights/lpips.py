"""LPIPS (Zhang et al., CVPR 2018, arXiv 1801.03924; v0.1 with AlexNet), as a loss and as a metric."""

import importlib
import sys
import warnings

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.library import Library

from panic3d.weights.catalogue import LPIPS_ALEXNET


class Lpips(nn.Module):
    """The LPIPS distance of two batches of images, with frozen weights and always in evaluation mode.

    It is differentiable with respect to the images.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network.requires_grad_(False).eval()

    def train(self, mode: bool = True) -> "Lpips":
        # the dropout before the linear layers must stay off when a parent module is set to train
        return super().train(False)

    def forward(self, prediction: Float[Tensor, "N 3 H W"], target: Float[Tensor, "#N 3 H W"]) -> Float[Tensor, "N"]:
        """Return the distances (no unit, 0 is identical) of RGB images in [-1, 1]; `target` can be a single image."""
        return self.network(prediction, target).flatten()


def load_lpips() -> Lpips | None:
    """Load LPIPS with the weights in the cache folder; None if they are absent (`panic3d weights fetch` gets them)."""
    if LPIPS_ALEXNET.state() != "present":
        return None
    from safetensors.torch import load_file

    make_torchvision_importable()
    import lpips

    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torchvision warns that lpips uses the deprecated argument `pretrained`
        network = lpips.LPIPS(net="alex", pnet_rand=True, verbose=False)
    tensors = load_file(LPIPS_ALEXNET.path)
    # lpips splits the backbone into slices whose layers keep the indices of torchvision
    slices = {number: name for name, child in network.net.named_children() for number, _ in child.named_children()}
    backbone = {f"{slices[name.split('.')[1]]}.{name.split('.', 1)[1]}": tensor for name, tensor in tensors.items()}
    network.net.load_state_dict(backbone, strict=True)
    return Lpips(network)


def make_torchvision_importable() -> None:
    """Import torchvision, also when its compiled operators do not load with the installed build of torch.

    The package `lpips` imports torchvision, but needs none of its operators.
    """
    try:
        importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::nms does not exist" not in str(error):
            raise
        _declare_torchvision_operators()
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        importlib.import_module("torchvision")


_LIBRARIES: list[Library] = []  # a declaration is removed together with its Library object


def _declare_torchvision_operators() -> None:
    """Declare, without implementation, the operators that the import of torchvision refers to."""
    library = Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _LIBRARIES.append(library)
