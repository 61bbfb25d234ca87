"""The reconstructor's weights files: loading, and copies with other settings of inference."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from panic3d.models.engine.checkpoint import AVATARS, load_network, read_weights, save_weights
from panic3d.models.engine.settings import apply_settings, from_record
from panic3d.models.reconstructor.network.network import Reconstructor, ReconstructorConfig
from panic3d.models.reconstructor.semantic import OPEN_FILE
from panic3d.runtime.errors import UserError
from panic3d.runtime.files import make_folder, write_atomically


def load_reconstructor(path: Path) -> Reconstructor:
    """Return the network of a weights file, ready for inference. Raises UserError if it is none."""
    return load_network(path, "reconstructor", ReconstructorConfig, Reconstructor)


def change_inference(path: Path, settings: Sequence[str], out: Path) -> None:
    """Copy weights with other settings of `model.inference`; the folder of `out` is made if it is missing.

    Raises UserError for any other setting.
    """
    from panic3d.models.reconstructor.training.config import ReconstructorTrainConfig

    weights = read_weights(path)
    before = from_record(ReconstructorTrainConfig, weights.config)
    after = apply_settings(before, settings)
    if replace(after, model=replace(after.model, inference=before.model.inference)) != before:
        found = ", ".join(settings)
        raise UserError(f"only settings under model.inference can be changed after training, found {found}")
    make_folder(out.parent)
    save_weights(out, weights.tensors, after, weights.facts, weights.metadata.get(AVATARS, ""))
    tagger = path.parent / OPEN_FILE
    if before.model.backbone.tagger == "open" and tagger.is_file() and out.parent != path.parent:
        write_atomically(out.parent / OPEN_FILE, tagger.read_bytes())
