"""A line remover that also gives the portrait the colours of a render."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8

from panic3d.models.albedo.network import AlbedoNetwork, AlbedoNetworkConfig
from panic3d.models.albedo.pairs import continue_colours
from panic3d.models.engine.checkpoint import load_network
from panic3d.models.line_removal.removers import DEFAULT_REMOVER, Remover, load_remover, move_remover
from panic3d.models.portrait.alignment.face_frame import read_face_frame
from panic3d.models.portrait.alignment.similarity import AlignmentTargets
from panic3d.registry import find_entry, find_weights


class AlbedoRemover:
    """Removes the lines, then changes the colours to those that a render of the character would have."""

    def __init__(self, network: AlbedoNetwork, remove_lines: Remover, face_frame: AlignmentTargets) -> None:
        """`face_frame`: where the drawings that the network was trained on have their faces."""
        self.network, self.remove_lines, self.face_frame = network, remove_lines, face_frame
        self.device = torch.device("cpu")

    def to(self, device: str) -> None:
        """Run both networks on a device."""
        self.device = torch.device(device)
        self.network.to(self.device)
        move_remover(self.remove_lines, device)

    def __call__(
        self, rgba: UInt8[np.ndarray, "S S 4"], landmarks_px: Float[np.ndarray, "28 2"] | None
    ) -> UInt8[np.ndarray, "S S 4"]:
        line_free = self.remove_lines(rgba, landmarks_px)
        given = torch.from_numpy(continue_colours(line_free)).permute(2, 0, 1)[None].float() / 255
        with torch.no_grad():
            colours = self.network(given.to(self.device))[0].permute(1, 2, 0).cpu().numpy()
        return np.concatenate([np.round(colours * 255).astype(np.uint8), rgba[..., 3:]], axis=2)


def load(weights: Path | None) -> AlbedoRemover:
    """Load the network of a weights file or run folder, or the shipped one, after the default line remover."""
    path = find_weights(find_entry("albedo", "line remover"), weights)
    network = load_network(path, "albedo", AlbedoNetworkConfig, AlbedoNetwork)
    return AlbedoRemover(network, load_remover(DEFAULT_REMOVER), read_face_frame(path))
