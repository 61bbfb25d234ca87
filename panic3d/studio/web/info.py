"""What the page and other programs may choose from: methods, line removers, fields of the character, limits."""

from functools import cache
from typing import Literal

from pydantic import BaseModel

from panic3d.avatar.config import EXPRESSIONS
from panic3d.registry import HEAD_METHODS, find_entries
from panic3d.runtime.extras import read_version
from panic3d.studio.heads.settings import BackHair, list_line_removers
from panic3d.studio.web.guard import MAX_PICTURE_BYTES

LANDMARK_GROUPS = {
    "jaw": range(0, 5),
    "left brow": range(5, 8),
    "right brow": range(8, 11),
    "left eye": range(11, 17),
    "right eye": range(17, 23),
    "nose": range(23, 24),
    "mouth": range(24, 28),
}
"""Left and right as in the picture."""
EYE = ("left corner", "top", "right corner", "lower right", "bottom", "lower left")
POINT_NAMES = {
    "jaw": ("left end", "left", "chin", "right", "right end"),
    "left brow": ("left", "middle", "right"),
    "right brow": ("left", "middle", "right"),
    "left eye": EYE,
    "right eye": EYE,
    "nose": ("tip",),
    "mouth": ("left corner", "upper middle", "right corner", "lower middle"),
}
FieldKind = Literal["choice", "number", "set"]


class MethodInfo(BaseModel):
    """A method that makes heads."""

    name: str
    description: str
    weights: bool
    """Whether its weights are installed."""


class RemoverInfo(BaseModel):
    """A line remover."""

    name: str
    description: str


class FieldInfo(BaseModel):
    """A field of the character that can be set."""

    name: str
    kind: FieldKind
    choices: list[str] | None = None
    range: tuple[float, float] | None = None
    unit: str = ""
    group: str
    description: str


class LimitInfo(BaseModel):
    """How large a picture may be."""

    picture_bytes: int
    picture_pixels: int
    picture_side: int


class LandmarkInfo(BaseModel):
    """A landmark of a face; left and right as in the picture."""

    name: str
    group: str


class StudioInfo(BaseModel):
    """What can be chosen, and what is accepted."""

    version: str
    methods: list[MethodInfo]
    line_removers: list[RemoverInfo]
    backs: list[str]
    fields: list[FieldInfo]
    limits: LimitInfo
    landmarks: list[LandmarkInfo]
    expressions: list[str]


@cache
def describe_studio() -> StudioInfo:
    """Describe what can be chosen. The first call imports for about a second."""
    from panic3d.models.portrait.picture import LARGEST_PX

    methods, removers = find_entries("method"), find_entries("line remover")
    return StudioInfo(
        version=read_version(),
        methods=[
            MethodInfo(name=name, description=methods[name].summary, weights=_has_weights(name))
            for name in HEAD_METHODS
        ],
        line_removers=[RemoverInfo(name=name, description=removers[name].summary) for name in list_line_removers()],
        backs=list(BackHair.__args__),  # type: ignore[attr-defined]
        fields=_describe_fields(),
        limits=LimitInfo(picture_bytes=MAX_PICTURE_BYTES, picture_pixels=LARGEST_PX**2, picture_side=LARGEST_PX),
        landmarks=[
            LandmarkInfo(name=f"{group}, {POINT_NAMES[group][index - numbers.start]}", group=group)
            for group, numbers in LANDMARK_GROUPS.items()
            for index in numbers
        ],
        expressions=list(EXPRESSIONS),
    )


def _has_weights(method: str) -> bool:
    entry = find_entries("method")[method]
    return entry.weights_path is None or entry.weights_path.is_file()


def _describe_fields() -> list[FieldInfo]:
    from panic3d.datagen.synth.fields.catalogue import FIELDS
    from panic3d.datagen.synth.fields.field import CategoricalField, ContinuousField, SetField

    found = []
    for field in FIELDS:
        group, words = field.path.partition(".")[0].replace("_", " "), field.path.replace("_", " ").split(".")
        text = ", ".join(words[1:] or words)
        if isinstance(field, CategoricalField | SetField):
            kind: FieldKind = "choice" if isinstance(field, CategoricalField) else "set"
            choices = [str(value) for value in field.values]
            found.append(FieldInfo(name=field.path, kind=kind, choices=choices, group=group, description=text))
        elif isinstance(field, ContinuousField):
            bounds = (field.low, field.high)
            found.append(
                FieldInfo(name=field.path, kind="number", range=bounds, unit=field.unit, group=group, description=text)
            )
    return found
