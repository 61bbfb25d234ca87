"""Which tagger gives a reconstructor its semantic features."""

from collections.abc import Callable

import torch

from panic3d.models.reconstructor.network.network import ReconstructorConfig
from panic3d.models.tagging.network import load_small_tagger
from panic3d.models.tagging.published import SemanticFeatures, load_tagger
from panic3d.runtime.errors import UserError


def tagger_of(
    config: ReconstructorConfig, say: Callable[[str], None], device: torch.device | None = None
) -> SemanticFeatures | None:
    """None where the encoder gives them or nothing does, and, with a word, where the published weights are missing.

    UserError where the shipped tagger's channels are not those that the backbone is configured for.
    """
    backbone = config.backbone
    if config.unet.widths or not backbone.semantic_channels:
        return None
    if backbone.tagger == "small":
        small = load_small_tagger()
        if small.config.features != backbone.semantic_channels:
            raise UserError(
                f"the small tagger has {small.config.features} features, found "
                f"model.backbone.semantic_channels={backbone.semantic_channels}: set it to the same number"
            )
        return small.to(device)
    if backbone.encoder_width:
        return None
    published = load_tagger()
    if published is None:
        say("tagger weights not found: going on without its features (`panic3d weights import-official`)")
        return None
    return published.to(device)
