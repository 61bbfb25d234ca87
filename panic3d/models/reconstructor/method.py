"""The reconstructor as a method: a portrait in, a head out that renders any camera and gives a mesh."""

from pathlib import Path

import click
import torch

from panic3d.models.method import Portrait, Reconstruction
from panic3d.models.reconstructor.geometry.field_head import FieldHead, network_input
from panic3d.models.reconstructor.network.network import Reconstructor
from panic3d.models.tagging.published import SemanticFeatures, on_original
from panic3d.models.tagging.semantic import tagger_of
from panic3d.runtime.errors import UserError
from panic3d.runtime.memory import advising

SHIPPED_WEIGHTS = Path(__file__).with_name("small.safetensors")


class PanicMethod:
    """PAniC-3D with one set of weights."""

    def __init__(self, model: Reconstructor, tagger: SemanticFeatures | None = None) -> None:
        """The tagger is for weights that were trained with its features."""
        self.model, self.tagger = model, tagger

    def reconstruct(self, portrait: Portrait) -> Reconstruction:
        with advising("these weights want more than there is: leave --weights out, the shipped ones take 1 GB"):
            if self.model.config.inference.pictures == "volume":
                from panic3d.models.reconstructor.published.volume_method import (
                    VolumeReconstruction,  # brings Numba along
                )

                return VolumeReconstruction(self.model, portrait, self.tagger)
            semantic = None if self.tagger is None else on_original(self.tagger, portrait.original)
            config = self.model.config
            with torch.no_grad():
                rgb, alpha = network_input(portrait.line_free, config.picture_size)
                field = self.model.field(rgb, alpha, semantic, noise="const")
            how = config.inference
            return FieldHead(field, portrait.line_free, how.paste, how.level, how.rim)


def load(weights: Path | None) -> PanicMethod:
    """The method with a run's weights (the file or the run's folder), or with those shipped where there are some."""
    return load_shipped(weights or SHIPPED_WEIGHTS, "small")


def load_shipped(path: Path, preset: str) -> PanicMethod:
    """The method with these weights. UserError where they are those of this installation and it lacks them."""
    from panic3d.models.engine.files import WEIGHTS, load_reconstructor

    if path.parent == SHIPPED_WEIGHTS.parent and not path.exists():
        raise UserError(
            "this installation lacks the shipped weights: train some (`panic3d train reconstructor --data DIR "
            f"--preset {preset} --out RUN`) and name them with --weights RUN/weights.safetensors"
        )
    model = load_reconstructor(path / WEIGHTS if path.is_dir() else path)
    return PanicMethod(model, tagger_of(model.config, lambda sentence: click.echo(sentence, err=True)))
