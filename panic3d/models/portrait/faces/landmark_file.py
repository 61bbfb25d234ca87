"""Files of landmarks: `panic3d reconstruct` writes them, and takes them instead of a detector's."""

import json
from pathlib import Path
from typing import NotRequired, TypedDict

import numpy as np

from panic3d.models.portrait.faces.face import Face
from panic3d.runtime.errors import UserError
from panic3d.runtime.records import parse_json
from panic3d.runtime.regular_files import read_file
from panic3d.runtime.sentences import shorten_sentence
from panic3d.shards.metadata.samples import check_landmarks

SCHEMA = 1
SUFFIX = ".landmarks.json"
MAX_NAMED = 8
"""Pictures that a message names."""


class FaceRecord(TypedDict):
    """One face in a file of landmarks."""

    landmarks_px: list[list[float]]
    score: NotRequired[float]


class LandmarkFile(TypedDict):
    """The content of a file of landmarks."""

    schema: NotRequired[int]
    pictures: dict[str, list[FaceRecord]]


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
        file: LandmarkFile = parse_json(read_file(path), LandmarkFile)
        pictures = file["pictures"]
        for name, records in pictures.items():
            for record in records:
                check_landmarks(f"landmarks_px of {name:.40}", record["landmarks_px"], 2)
    except (OSError, ValueError) as error:
        raise UserError(
            shorten_sentence(f"cannot read landmarks from {path} ({error}): expected JSON as in NAME{SUFFIX}")
        ) from error
    if file.get("schema", 0) > SCHEMA:
        raise UserError(f"{path} has schema {file['schema']}, newer than {SCHEMA}: update panic3d")
    if picture.name not in pictures:
        known = ", ".join(sorted(pictures)[:MAX_NAMED]) or "none"
        raise UserError(shorten_sentence(f"{path} has no landmarks of {picture.name}, only of {known}"))
    return [Face(np.array(face["landmarks_px"]), face.get("score", 1.0)) for face in pictures[picture.name]]
