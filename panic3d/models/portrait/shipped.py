"""The two networks of this room from a run's weights or from those shipped."""

from pathlib import Path

import yaml
from torch import nn

from panic3d.models.engine.config import from_record
from panic3d.models.engine.files import fitted, read_tensors
from panic3d.models.portrait.faces.landmark_network import LandmarkNetwork, LandmarkNetworkConfig
from panic3d.models.portrait.matting.network import MattingNetwork, MattingNetworkConfig
from panic3d.runtime.errors import UserError

NETWORKS: dict[str, tuple[type, type]] = {
    "landmarks": (LandmarkNetwork, LandmarkNetworkConfig),
    "matting": (MattingNetwork, MattingNetworkConfig),
}


def shipped(kind: str) -> Path:
    """Where the package keeps the weights of `landmarks` or `matting`."""
    return Path(__file__).with_name(f"{kind}.safetensors")


def load_network(path: Path, kind: str) -> nn.Module:
    """The network of a weights file, ready for inference. UserError where it holds another one, or a tensor is off."""
    if not path.is_file():
        raise UserError(f"there are no weights {path}: expected the weights.safetensors of `panic3d train {kind}`")
    tensors, metadata = read_tensors(path)
    record = yaml.safe_load(metadata.get("config", "")) or {}
    if record.get("model_kind") != kind:
        found = record.get("model_kind", "nothing of ours")
        raise UserError(f"expected weights of `panic3d train {kind}` in {path}, found {found}")
    network, config = NETWORKS[kind]
    return fitted(network(from_record(config, record["model"])), tensors, path)
