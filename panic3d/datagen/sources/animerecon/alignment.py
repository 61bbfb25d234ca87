"""The authors' `fandom_align_alignment.pkl`: the transform of each AnimeRecon portrait to its render. Runs no code.

A dict from `daredemoE/fandom_align/FRANCHISE/NAME/front` to a record with `source` (the portrait's file),
`transformation` (3x3 on (row, column, 1), portrait to the 512 x 512 canonical picture) and `area_of_interest`
((row, column), (height, width) at 512).
"""

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from panic3d.runtime.errors import UserError
from panic3d.weights.catalogue import load_arrays


@dataclass(frozen=True)
class Alignment:
    """The transform of a drawing to its render."""

    source: str
    """The authors' name of the drawing's file; may be empty."""
    canonical_from_portrait: Float[np.ndarray, "3 3"]
    roi: tuple[float, float, float, float] | None
    """Row, column, height, width in the 512 x 512 front view, where the alignment is valid."""


def load_alignments(path: Path) -> dict[str, Alignment]:
    """Load the alignments by `franchise/name`.

    Raises UserError where the file is missing, would run code, or has other contents.
    """
    try:
        content = load_arrays(path.read_bytes())
    except OSError as error:
        raise UserError(f"expected the authors' alignment at {path}, which cannot be read ({error.strerror})") from None
    except pickle.UnpicklingError as error:
        raise UserError(f"{path} is not read ({error}): only dicts, numbers, text and numpy arrays are") from None
    if not isinstance(content, dict) or not content:
        raise UserError(f"expected a dict of alignments in {path}, found {type(content).__name__}")
    return {parse_pair_name(str(key)): _parse_alignment(record, f"{path}: {key}") for key, record in content.items()}


def parse_pair_name(key: str) -> str:
    """Shorten `daredemoE/fandom_align/genshin/albedo/front` to `genshin/albedo`; other names stay as they are."""
    parts = key.strip("/").split("/")
    return "/".join(parts[-3:-1]) if len(parts) >= 3 and parts[-1] == "front" else "/".join(parts[-2:])


def _parse_alignment(record: Any, where: str) -> Alignment:
    if not isinstance(record, Mapping) or "transformation" not in record:
        raise UserError(f"expected a record with a transformation in {where}, found none")
    matrix = np.asarray(record["transformation"], np.float64)
    if matrix.shape != (3, 3) or not np.isfinite(matrix).all() or abs(np.linalg.det(matrix)) < 1e-9:
        raise UserError(f"expected an invertible 3x3 transformation in {where}, found shape {matrix.shape}")
    area = record.get("area_of_interest")
    source = record.get("source")
    return Alignment(
        source if isinstance(source, str) else "", matrix, None if area is None else _parse_roi(area, where)
    )


def _parse_roi(area: Any, where: str) -> tuple[float, float, float, float]:
    values = np.asarray(area, np.float64).reshape(-1)
    if values.shape != (4,) or not np.isfinite(values).all() or min(values[2:]) <= 0:
        raise UserError(f"expected ((row, column), (height, width)) as the area of interest in {where}, found else")
    row, column, height, width = map(float, values)
    return row, column, height, width
