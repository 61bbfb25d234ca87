"""Where faces lie, as it is recorded: by weights of their training pictures, by datasets of their drawings."""

from pathlib import Path

from panic3d.models.engine.checkpoint import read_facts
from panic3d.models.portrait.alignment.similarity import FACE_RECORD, FRAMES, GENERATED_TARGETS, AlignmentTargets
from panic3d.registry import resolve_weights
from panic3d.runtime.errors import UserError
from panic3d.shards.plan import DATASET_FILE, load_dataset_info

FRAME_OPTION = "frame"
"""The option in `dataset.json` that names the face frame that `panic3d portraits` aligned its drawings to."""


def read_face_frame(weights: Path | None) -> AlignmentTargets:
    """Read where faces lie on the renders that weights were trained on; those of generated characters if unknown."""
    record = {} if weights is None else read_facts(resolve_weights(weights)).get(FACE_RECORD)
    try:
        return AlignmentTargets(**record) if record else GENERATED_TARGETS
    except TypeError as error:
        raise UserError(f"the metadata of {weights} is damaged ({FACE_RECORD}): get the file again") from error


def read_dataset_frame(folder: Path) -> AlignmentTargets | None:
    """Read the face frame that the drawings of a dataset were aligned to; None for datasets that name none.

    Raises UserError where `dataset.json` is broken or names an unknown frame.
    """
    if not (folder / DATASET_FILE).is_file():
        return None
    name = load_dataset_info(folder).options.get(FRAME_OPTION)
    if name is None:
        return None
    for known, targets in FRAMES.items():
        if name == known:
            return targets
    raise UserError(f"{folder / DATASET_FILE} names the face frame {name!r}: expected {' or '.join(FRAMES)}")
