"""What server and worker process say to each other: one object of JSON a line."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter

from panic3d.studio.heads.records import CharacterRecord, FaceRecord, Square
from panic3d.studio.heads.settings import HeadSettings, StageName


class Job(BaseModel):
    """A head to make, or to make again from a stage on."""

    order: Literal["build"] = "build"
    id: str
    folder: str
    name: str
    first_stage: StageName | None
    """Null: nothing but what is wanted beside the head."""
    settings: HeadSettings
    has_back: bool = False
    painted_frame: Square | None = None
    """The frame of the matte that the user has painted, if there is one."""
    wants_turntable: bool = False


class Stop(BaseModel):
    """Give up a job after its present stage."""

    order: Literal["stop"] = "stop"
    id: str


class StageStarted(BaseModel):
    """A stage begins; what it and later stages made before is out of date."""

    event: Literal["stage started"] = "stage started"
    name: StageName


class StageFinished(BaseModel):
    """A stage has written its preview."""

    event: Literal["stage finished"] = "stage finished"
    name: StageName
    seconds: float
    preview: str | None
    warnings: list[str]


class PictureDecoded(BaseModel):
    """Width and height of the decoded picture."""

    event: Literal["picture decoded"] = "picture decoded"
    width: int
    height: int


class FacesFound(BaseModel):
    """The faces of the picture."""

    event: Literal["faces found"] = "faces found"
    faces: list[FaceRecord]


class PictureAligned(BaseModel):
    """The square of the picture that is the canonical frame."""

    event: Literal["picture aligned"] = "picture aligned"
    frame: Square


class MatteDropped(BaseModel):
    """The painted matte does not fit the frame any more."""

    event: Literal["matte dropped"] = "matte dropped"


class HeadMade(BaseModel):
    """The head is there: which method has made it, and of which character."""

    event: Literal["head made"] = "head made"
    method: str
    character: CharacterRecord | None


class FilesWritten(BaseModel):
    """Files that the user can download."""

    event: Literal["files written"] = "files written"
    names: list[str]


class JobEnded(BaseModel):
    """The last message about a job."""

    event: Literal["job ended"] = "job ended"
    outcome: Literal["done", "failed", "stopped"]
    error: str | None = None


Order = Job | Stop
Event = (
    StageStarted
    | StageFinished
    | PictureDecoded
    | FacesFound
    | PictureAligned
    | MatteDropped
    | HeadMade
    | FilesWritten
    | JobEnded
)
ORDERS: TypeAdapter[Order] = TypeAdapter(Annotated[Order, Field(discriminator="order")])
EVENTS: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="event")])


def encode_line(message: BaseModel) -> bytes:
    """Encode a message as one line."""
    return message.model_dump_json().encode() + b"\n"
