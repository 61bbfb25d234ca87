"""The record of a head, as the API gives it and as it lies in the results folder."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from panic3d.studio.heads.settings import STAGES, HeadSettings, StageName

Status = Literal["queued", "running", "done", "failed", "cancelled"]
FileKind = Literal["glb", "vrm", "png", "json", "webp"]
SCHEMA = 1


class Square(BaseModel):
    """A square of the decoded picture, in its pixels: left, top, side."""

    x: float
    y: float
    size: float


class PictureRecord(BaseModel):
    """The decoded picture, upright."""

    url: str
    width: int
    height: int


class FaceRecord(BaseModel):
    """A face that was found, in pixels of the decoded picture."""

    box_px: tuple[float, float, float, float]
    """Left, top, width and height."""
    landmarks_px: list[tuple[float, float]]
    score: float
    chosen: bool = False


class StageRecord(BaseModel):
    """A finished stage."""

    name: StageName
    seconds: float
    picture: str | None = None
    """The address of what it made, as PNG."""


class LikelyValue(BaseModel):
    """A value of a category, and how probable the network finds it."""

    value: str
    probability: float


class CharacterRecord(BaseModel):
    """The fitted character."""

    likeliest: dict[str, list[LikelyValue]]
    """The three likeliest values of each category, by field."""
    values: dict[str, str | float | list[str]]
    """The value of every field."""


class FileRecord(BaseModel):
    """A file of the head that can be downloaded."""

    name: str
    url: str
    bytes: int
    kind: FileKind


class HeadRecord(BaseModel):
    """Everything about one head."""

    id: str
    name: str
    """The name of the uploaded file, as it is shown."""
    created: float
    """Seconds since 1970."""
    status: Status = "queued"
    stage: StageName | None = None
    """The stage that runs now."""
    position: int | None = None
    """How many heads are made before this one, if it waits."""
    error: str | None = None
    warnings: list[str] = Field(default_factory=list)
    settings: HeadSettings = Field(default_factory=HeadSettings)
    picture: PictureRecord | None = None
    frame: Square | None = None
    """The part of the picture that is the canonical frame."""
    back: bool = False
    """Whether a picture from behind was given."""
    painted_matte: bool = False
    """Whether the matte was painted by the user."""
    faces: list[FaceRecord] = Field(default_factory=list)
    stages: list[StageRecord] = Field(default_factory=list)
    character: CharacterRecord | None = None
    method: str | None = None
    """The method that made the head."""
    files: list[FileRecord] = Field(default_factory=list)
    revision: int = 1
    """Counts how often the head was built again with other settings."""


class StoredHead(BaseModel):
    """The record with what the queue needs to go on after a restart."""

    model_config = ConfigDict(extra="forbid")
    schema_version: int = SCHEMA
    record: HeadRecord
    first_stage: StageName | None = STAGES[0]
    """Where the work begins; null: everything is made."""
    wants_turntable: bool = False
    painted_frame: Square | None = None
    """The frame of the matte that the user has painted, if there is one."""
    stage_warnings: dict[StageName, list[str]] = Field(default_factory=dict)
    queued: float = 0.0
    """When it was last put into the queue, in seconds since 1970."""
    version: int = 0
    """Counts the changes of files, for their addresses."""
    worker_deaths: int = 0
    """How often the worker process has ended during this work."""


class HeadList(BaseModel):
    """All heads, newest first."""

    heads: list[HeadRecord]


class HeadReference(BaseModel):
    """The head that a request has made or changed."""

    id: str


class ErrorRecord(BaseModel):
    """What is wrong with a request, in one sentence."""

    error: str
