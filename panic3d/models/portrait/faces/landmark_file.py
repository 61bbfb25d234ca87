"""Files of landmarks: `panic3d reconstruct` writes them, and takes them instead of a detector's."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from panic3d.models.portrait.faces.face import Face
from panic3d.runtime.errors import UserError

SCHEMA = 1
SUFFIX = ".landmarks.json"


def encode_landmarks(picture: Path, faces: list[Face]) -> str:
    """Return JSON `{schema, pictures: {NAME: [{landmarks_px: 28 x [column, row], score}]}}`, in pixels of the file."""
    records = [{"landmarks_px": np.round(f.landmarks_px, 2).tolist(), "score": round(f.score, 4)} for f in faces]
    return json.dumps({"schema": SCHEMA, "pictures": {picture.name: records}}, indent=1)


def read_landmarks(path: Path, picture: Path) -> list[Face]:
    """Return the faces of one picture, from a file or from NAME.landmarks.json in a folder.

    UserError where the file is missing or broken, or does not know the picture.
    """
    path = path / f"{picture.stem}{SUFFIX}" if path.is_dir() else path
    try:
        record = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read landmarks from {path} ({error}): expected JSON as in NAME{SUFFIX}") from error
    if not isinstance(record, dict) or not isinstance(record.get("pictures"), dict):
        raise UserError(f"expected {{schema, pictures}} in {path}, found something else")
    if record.get("schema", 0) > SCHEMA:
        raise UserError(f"{path} has schema {record['schema']}, newer than {SCHEMA}: update panic3d")
    if picture.name not in record["pictures"]:
        known = ", ".join(sorted(record["pictures"])) or "none"
        raise UserError(f"{path} has no landmarks of {picture.name}, only of {known}")
    return [_parse_face(face, path) for face in record["pictures"][picture.name]]


def _parse_face(record: Any, path: Path) -> Face:
    try:
        points: Float[np.ndarray, "28 2"] = np.array(record["landmarks_px"], np.float64)
        score = float(record.get("score", 1.0))
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise UserError(f"expected 28 [column, row] pairs as landmarks_px in {path}, found {record!r:.60}") from error
    if points.shape != (28, 2) or not np.isfinite(points).all():
        raise UserError(f"expected 28 [column, row] pairs as landmarks_px in {path}, found shape {points.shape}")
    return Face(points, score)
