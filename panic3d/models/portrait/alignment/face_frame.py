"""Where the faces lie to which weights were trained, as their file records it."""

from pathlib import Path

from panic3d.models.engine.checkpoint import read_facts
from panic3d.models.portrait.alignment.similarity import FACE_RECORD, GENERATED_TARGETS, AlignmentTargets
from panic3d.registry import resolve_weights
from panic3d.runtime.errors import UserError


def read_face_frame(weights: Path | None) -> AlignmentTargets:
    """Read where faces lie on the renders that weights were trained on; those of generated characters if unknown."""
    record = {} if weights is None else read_facts(resolve_weights(weights)).get(FACE_RECORD)
    try:
        return AlignmentTargets(**record) if record else GENERATED_TARGETS
    except TypeError as error:
        raise UserError(f"the metadata of {weights} is damaged ({FACE_RECORD}): get the file again") from error
