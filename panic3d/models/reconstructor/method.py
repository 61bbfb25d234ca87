"""The reconstructor as a method: a portrait in, a head out that renders any camera and gives a mesh."""

from pathlib import Path

import torch

from panic3d.models.engine.checkpoint import read_facts
from panic3d.models.method import Portrait, Reconstruction
from panic3d.models.reconstructor.fields.device_field import compute_field
from panic3d.models.reconstructor.geometry.surface_reconstruction import SurfaceReconstruction
from panic3d.models.reconstructor.network.network import Reconstructor
from panic3d.models.reconstructor.network.picture_input import prepare_network_input
from panic3d.models.reconstructor.semantic import load_recorded_tagger
from panic3d.models.reconstructor.weights import load_reconstructor
from panic3d.models.tagging.published import SemanticFeatures, compute_portrait_features
from panic3d.registry import find_entry, find_weights
from panic3d.runtime.memory import explain_out_of_memory


class PanicMethod:
    """PAniC-3D with one set of weights."""

    def __init__(self, model: Reconstructor, tagger: SemanticFeatures | None = None) -> None:
        """The tagger is for weights that were trained with its features."""
        self.model, self.tagger = model, tagger
        self.device: torch.device | None = None

    def to(self, device: str) -> None:
        """Run the network and the tagger on a device."""
        self.device = torch.device(device)
        self.model.to(self.device)
        if isinstance(self.tagger, torch.nn.Module):
            self.tagger.to(self.device)

    def reconstruct(self, portrait: Portrait) -> Reconstruction:
        with explain_out_of_memory(
            "these weights want more than there is: leave --weights out, the shipped ones take 1 GB"
        ):
            if self.model.config.inference.pictures == "volume":
                from panic3d.models.reconstructor.published.reconstruction import (
                    VolumeReconstruction,  # brings Numba along
                )

                return VolumeReconstruction(self.model, portrait, self.tagger, self.device)
            semantic = None
            if self.tagger is not None:
                semantic = compute_portrait_features(self.tagger, portrait.original, self.device)
            config = self.model.config
            with torch.no_grad():
                rgb, alpha = prepare_network_input(portrait.line_free, config.picture_size)
                field = compute_field(self.model, rgb, alpha, semantic, device=self.device, noise="const")
            how = config.inference
            return SurfaceReconstruction(
                field, portrait.line_free, how.stitch, how.density_level, how.complete_silhouette
            )


def load(weights: Path | None) -> PanicMethod:
    """Load PAniC-3D with the weights of a file or run folder, or with those shipped."""
    return _load("panic3d", weights)


def load_unet(weights: Path | None) -> PanicMethod:
    """Load PAniC-3D with the U-Net in place of the backbone, as `load` does."""
    return _load("panic3d-unet", weights)


def _load(name: str, weights: Path | None) -> PanicMethod:
    path = find_weights(find_entry(name, "method"), weights)
    model = load_reconstructor(path)
    return PanicMethod(model, load_recorded_tagger(model.config, read_facts(path), path))
