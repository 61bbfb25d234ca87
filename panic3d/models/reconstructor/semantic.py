"""The tagger that gives a reconstructor its semantic features."""

import logging

import torch

from panic3d.models.reconstructor.network.network import ReconstructorConfig
from panic3d.models.tagging.network import load_small_tagger
from panic3d.models.tagging.published import SemanticFeatures, load_published_tagger
from panic3d.runtime.errors import UserError

logger = logging.getLogger(__name__)


def load_semantic_features(config: ReconstructorConfig, device: torch.device | None = None) -> SemanticFeatures | None:
    """Return the tagger that the backbone is configured for.

    None if the network's own encoder makes the features or it takes none, and, with a warning, if the published
    weights are missing. Raises UserError if the shipped tagger has another number of channels than the backbone takes.
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
    published = load_published_tagger()
    if published is None:
        logger.warning("tagger weights not found: its features are left out (`panic3d weights import-official`)")
        return None
    return published.to(device)
