"""Front views of generated characters with their parameters, read from a dataset folder when they are needed."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8

from panic3d.cameras.compositing import premultiply
from panic3d.datagen.synth.fields.field import Field
from panic3d.datagen.synth.params import CharacterParams
from panic3d.datagen.synth.records import restore_params
from panic3d.datasets.drawings import DRAWING, RENDER
from panic3d.datasets.pictures import decode_picture
from panic3d.models.character.codes import CharacterCode, FieldCodes, FieldOutputs
from panic3d.runtime.errors import UserError
from panic3d.shards.archive import SampleArchive

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class LabelledPortrait:
    """One character of a dataset and its parameters."""

    key: str
    family: str
    pictures: tuple[str, ...]
    """Names of its front views: the drawing, the render, or both."""
    params: CharacterParams


class PortraitFolder:
    """The characters of a dataset folder whose labels hold parameters."""

    def __init__(self, folder: Path) -> None:
        """Raises UserError where no sample has a front view and the parameters of a generated character."""
        self.path, self.archive = folder, SampleArchive(folder)
        self.portraits = [found for key in self.archive.keys(None) if (found := self._find(key)) is not None]
        if not self.portraits:
            raise UserError(
                f"no sample in {folder} has a front view and a generated character's parameters: make some with "
                "`panic3d synth` and `panic3d render AVATARS --illustrate`"
            )

    def _find(self, key: str) -> LabelledPortrait | None:
        members = self.archive.members(key)
        pictures = tuple(name for name in (DRAWING, RENDER) if name in members)
        labels = self.archive.read_meta(key).get("labels") if "meta.json" in members else None
        if not pictures or not labels or "params" not in labels:
            return None
        try:
            params = restore_params(labels["params"])
        except ValueError as error:
            logger.warning("%s is left out: %s", key, error)
            return None
        return LabelledPortrait(key, str(labels.get("family", "")), pictures, params)

    def read_picture(self, portrait: LabelledPortrait, name: str) -> Float[np.ndarray, "S S 4"]:
        """Return one of the portrait's pictures, premultiplied, in [0, 1]."""
        return premultiply(self.decode_picture(portrait, name))

    def decode_picture(self, portrait: LabelledPortrait, name: str) -> UInt8[np.ndarray, "S S 4"]:
        """Return one of the portrait's pictures with straight alpha. Raises ValueError where it is no PNG."""
        return decode_picture(self.archive.read(portrait.key, name), name)


def encode_all(portraits: Sequence[LabelledPortrait], codes: FieldCodes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the categories, numbers and members of all portraits, one row each."""
    rows: list[CharacterCode] = [codes.encode(portrait.params) for portrait in portraits]
    return (
        np.stack([row.categories for row in rows]),
        np.stack([row.numbers for row in rows]),
        np.stack([row.members for row in rows]),
    )


def select_outputs(portraits: Sequence[LabelledPortrait], fields: Sequence[Field], rarest: int) -> FieldOutputs:
    """Name the outputs for values that at least `rarest` characters have, and for numbers that apply to as many."""
    codes = FieldCodes(FieldOutputs.from_fields(fields), fields)
    categories, numbers, members = encode_all(portraits, codes)
    counts = [
        np.bincount(column[column >= 0], minlength=size) for column, size in zip(categories.T, codes.sizes, strict=True)
    ]
    enough: Callable[[np.ndarray], np.ndarray] = lambda count: count >= rarest  # noqa: E731
    kept = np.concatenate([enough(count) for count in counts]) if counts else np.zeros(0, bool)
    outputs = codes.outputs
    return FieldOutputs(
        tuple(name for name, is_kept in zip(outputs.categories, kept, strict=True) if is_kept),
        tuple(
            name for name, is_kept in zip(outputs.numbers, enough(np.isfinite(numbers).sum(0)), strict=True) if is_kept
        ),
        tuple(name for name, is_kept in zip(outputs.members, enough(members.sum(0)), strict=True) if is_kept),
    )
