"""The tagger that gives a reconstructor its semantic features: in training, and the same one afterwards."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from panic3d.models.reconstructor.network.network import ReconstructorConfig
from panic3d.models.tagging.network import Tagger, load_tagger
from panic3d.models.tagging.published import FILE, PublishedTagger, SemanticFeatures, load_published_tagger
from panic3d.registry import find_entry, find_weights
from panic3d.runtime.errors import UserError
from panic3d.runtime.files import write_atomically
from panic3d.shards.schema import compute_sha256
from panic3d.weights.catalogue import get_weights_folder

logger = logging.getLogger(__name__)

TAGGER_RECORD = "tagger"
"""The entry of a weights file's facts: `name` and `sha256` of the tagger that the network was trained with, or null."""
OPEN_FILE = "tagger.safetensors"
"""The copy, beside a run's weights, of a tagger that was trained here."""
HOW_TO_GO_ON = (
    "import it (`panic3d weights import-official tagger.ckpt pca.pkl`), train with the preset paper-open and a tagger "
    "of your own, or without a tagger (--set model.backbone.semantic_channels=0)"
)


@dataclass(frozen=True)
class ChosenTagger:
    """A tagger with what identifies it."""

    features: PublishedTagger | Tagger
    name: str
    path: Path
    sha256: str

    def describe(self) -> dict[str, str]:
        """Return the record for the facts of a weights file."""
        return {"name": self.name, "sha256": self.sha256}


def find_tagger_name(config: ReconstructorConfig) -> str | None:
    """Return which tagger a network takes features of; None if its own encoder makes them or it takes none."""
    backbone = config.backbone
    if config.unet.widths or not backbone.semantic_channels:
        return None
    return None if backbone.tagger == "published" and backbone.encoder_width else backbone.tagger


def load_training_tagger(config: ReconstructorConfig, tagger_weights: str, run: Path) -> ChosenTagger | None:
    """Load the tagger for a run; None if its network takes no tagger's features.

    Raises UserError if the tagger is missing, or has another number of channels than the backbone takes.
    """
    name = find_tagger_name(config)
    if name is None:
        return None
    if name == "published":
        published = load_published_tagger()
        if published is None:
            raise UserError(
                f"the published tagger, which this configuration is trained with, is missing: {HOW_TO_GO_ON}"
            )
        path = get_weights_folder() / FILE
        return ChosenTagger(published, name, path, compute_sha256(path))
    path, entry = run / OPEN_FILE, find_entry("tagger", "model")
    if name == "small":
        path = find_weights(entry)
    elif not path.is_file():  # a run that is resumed has its copy
        if not tagger_weights:
            raise UserError(
                "model.backbone.tagger=open needs a tagger: --set tagger_weights=RUN of `panic3d train tagger --preset "
                "resnet50`"
            )
        path = find_weights(entry, Path(tagger_weights))
    return ChosenTagger(_check_channels(load_tagger(path), config, name), name, path, compute_sha256(path))


def load_recorded_tagger(
    config: ReconstructorConfig, facts: Mapping[str, Any], weights: Path
) -> SemanticFeatures | None:
    """Load the tagger that the weights in a file were trained with, as its `facts` record it.

    Without a record, in weights of earlier versions, it is the configured one, and the published one only if it is
    there. Raises UserError if the recorded tagger is missing or another one has taken its place.
    """
    name = find_tagger_name(config)
    if name is None or facts.get(TAGGER_RECORD, "") is None:
        return None
    record = facts.get(TAGGER_RECORD) or {}
    if name == "published":
        path = get_weights_folder() / FILE
        published = load_published_tagger()
        if published is None and record:
            raise UserError(f"{weights} was trained with the published tagger, which is missing: import it "
                            "(`panic3d weights import-official tagger.ckpt pca.pkl`)")  # fmt: skip
        if published is None:
            logger.warning("tagger weights not found: its features are left out (`panic3d weights import-official`)")
            return None
        _check_identity(path, record, weights)
        return published
    path = find_weights(find_entry("tagger", "model")) if name == "small" else weights.parent / OPEN_FILE
    if not path.is_file():
        raise UserError(f"{weights} was trained with a tagger that is missing: expected {path}, from its run folder")
    _check_identity(path, record, weights)
    return _check_channels(load_tagger(path), config, name)


def _check_identity(path: Path, record: Mapping[str, Any], weights: Path) -> None:
    expected = record.get("sha256", "")
    if expected and (found := compute_sha256(path)) != expected:
        raise UserError(
            f"{weights} was trained with the tagger of sha256 {expected[:16]}, found {found[:16]} at {path}: "
            "put that file back"
        )


def _check_channels(tagger: Tagger, config: ReconstructorConfig, name: str) -> Tagger:
    channels, wanted = tagger.config.features, config.backbone.semantic_channels
    if channels != wanted:
        raise UserError(
            f"the tagger '{name}' has {channels} features, found model.backbone.semantic_channels={wanted}: set it to "
            "the same number"
        )
    return tagger


def keep_tagger(chosen: ChosenTagger | None, run: Path) -> None:
    """Copy a tagger that was trained here beside the weights of a run, which need it."""
    if chosen is not None and chosen.name == "open" and chosen.path != run / OPEN_FILE:
        write_atomically(run / OPEN_FILE, chosen.path.read_bytes())
