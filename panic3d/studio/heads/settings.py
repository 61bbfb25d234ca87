"""What a user may set for one head, and the first stage that each setting concerns."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from panic3d.avatar.config import PRIVATE, AvatarConfig
from panic3d.registry import HEAD_METHODS, find_entries
from panic3d.runtime.errors import WrongUsage

StageName = Literal["reading", "faces", "alignment", "matte", "lines", "character", "avatar", "saving"]
STAGES: tuple[StageName, ...] = get_args(StageName)
"""In the order in which a head is made."""
Align = Literal["auto", "always", "never"]
Matting = Literal["auto", "given", "ours", "u2netp"]
Texture = Literal["drawing", "albedo"]
HeadPoseSource = Literal["auto", "front"]
BackHair = Literal["short", "medium", "long", "ponytail", "twintails", "bun", "braid"]
VrmVersion = Literal["1.0", "0.x"]
LANDMARKS = 28
MAX_PX, MAX_TEXT, MAX_STYLES, MAX_FACES = 100_000.0, 200, 200, 1000
Coordinate = Annotated[float, Field(ge=-MAX_PX, le=MAX_PX, allow_inf_nan=False)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Text = Annotated[str, StringConstraints(max_length=MAX_TEXT, strip_whitespace=True)]
Style = bool | Number | Text | list[Text]


class Crop(BaseModel):
    """A square of the picture, in its pixels, that becomes the canonical frame."""

    model_config = ConfigDict(extra="forbid")
    x: Coordinate
    y: Coordinate
    size: Annotated[float, Field(ge=16, le=MAX_PX, allow_inf_nan=False)]


class HeadSettings(BaseModel):
    """What the user has set; what is null is chosen by the pipeline."""

    model_config = ConfigDict(extra="forbid")
    method: Text | None = None
    """Name of the method that makes the head; null: panic3d-auto."""
    face: Annotated[int, Field(ge=1, le=MAX_FACES)] | None = None
    """Number of the face, counted from 1 at the left; null: the largest."""
    align: Align | None = None
    matting: Matting | None = None
    line_removal: Text | None = None
    """Name of the line remover; `none` keeps the lines."""
    texture: Texture | None = None
    head_pose: HeadPoseSource | None = None
    back_hair: BackHair | None = None
    styles: Annotated[dict[str, Style], Field(max_length=MAX_STYLES)] | None = None
    """Values of fields of the character by name."""
    landmarks_px: (
        Annotated[
            list[Annotated[list[Coordinate], Field(min_length=2, max_length=2)]],
            Field(min_length=LANDMARKS, max_length=LANDMARKS),
        ]
        | None
    ) = None
    """Column and row of each landmark of the chosen face, in pixels of the decoded picture."""
    crop: Crop | None = None
    vrm_version: VrmVersion | None = None
    title: Text | None = None
    """Name of the character in VRM; null: that of the picture's file."""
    author: Text | None = None


FIRST_STAGES: dict[str, StageName] = {
    "landmarks_px": "alignment",
    "face": "alignment",
    "align": "alignment",
    "crop": "alignment",
    "matting": "matte",
    "line_removal": "lines",
    "texture": "lines",
    "method": "character",
    "head_pose": "character",
    "back_hair": "character",
    "styles": "character",
    "title": "avatar",
    "author": "avatar",
    "vrm_version": "saving",
}
"""By name of the setting."""


def find_first_stage(names: Iterable[str]) -> StageName:
    """Return the first stage that a change of some settings concerns; the last one where nothing changes."""
    return min((FIRST_STAGES[name] for name in names), key=STAGES.index, default=STAGES[-1])


def merge_settings(old: HeadSettings, change: HeadSettings) -> tuple[HeadSettings, set[str]]:
    """Return settings with those that a change names, and the names of those whose values differ afterwards."""
    named = {name: getattr(change, name) for name in change.model_fields_set}
    changed = {name for name, value in named.items() if value != getattr(old, name)}
    return old.model_copy(update=named), changed


def list_line_removers() -> list[str]:
    """Return the names of the line removers that work with what the package ships."""
    own = ("none", "inpainting")
    return [name for name, entry in find_entries("line remover").items() if entry.weights or name in own]


def check_settings(settings: HeadSettings) -> None:
    """Raise WrongUsage, one sentence, for a value that the pipeline does not have."""
    if settings.method is not None and settings.method not in HEAD_METHODS:
        raise WrongUsage(f"there is no method '{settings.method}': choose from {', '.join(HEAD_METHODS)}")
    removers = list_line_removers()
    if settings.line_removal is not None and settings.line_removal not in removers:
        raise WrongUsage(f"there is no line remover '{settings.line_removal}': choose from {', '.join(removers)}")
    if settings.texture == "albedo" and settings.line_removal == "none":
        raise WrongUsage("the texture albedo begins with the drawing without lines: choose another line remover")
    if settings.landmarks_px is not None and len({tuple(point) for point in settings.landmarks_px}) < 3:
        raise WrongUsage("the points of the face lie on one another: move them apart")
    if settings.styles:
        from panic3d.models.character.hints.styles import read_styles  # a second of imports

        read_styles(dict(format_styles(settings)))


def format_styles(settings: HeadSettings) -> tuple[tuple[str, str], ...]:
    """Return the styles as the pipeline takes them: names and texts."""

    def write(value: Any) -> str:
        return "+".join(map(str, value)) if isinstance(value, list) else str(value)

    return tuple((name, write(value)) for name, value in (settings.styles or {}).items())


def choose_line_remover(settings: HeadSettings, default: str) -> str | None:
    """Return the line remover that settings mean; None: the lines stay."""
    if settings.texture == "albedo":
        return "albedo"
    return None if settings.line_removal == "none" else settings.line_removal or default


def make_avatar_config(settings: HeadSettings) -> AvatarConfig:
    """Return how the files of a head are made."""
    meta = replace(PRIVATE, authors=(settings.author,)) if settings.author else PRIVATE
    return AvatarConfig(title=settings.title or "", meta=meta)
