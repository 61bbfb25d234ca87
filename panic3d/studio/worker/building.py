"""Make a head stage by stage, in the worker process; a correction begins in the middle, with what is kept."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8
from PIL import Image
from pydantic import BaseModel

from panic3d.cameras.axes import IMAGE_SIZE
from panic3d.datagen.synth.fields.catalogue import FIELDS
from panic3d.datagen.synth.fields.field import CategoricalField, ContinuousField, SetField, read_field
from panic3d.head import Head, PreparedPortrait
from panic3d.models.character.fitting.reconstruction import CharacterReconstruction
from panic3d.models.character.hints.styles import SHORT_NAMES
from panic3d.models.portrait.canonical import AlignedPicture, CropSquare, PortraitStages
from panic3d.models.portrait.faces.face import Face, choose_face
from panic3d.models.portrait.faces.plausibility import Advice
from panic3d.models.portrait.matting.matting import Matte
from panic3d.models.portrait.picture import Picture
from panic3d.models.portrait.stages import save_faces, save_overview
from panic3d.pipeline import DEFAULT_METHOD, DEFAULT_REMOVER, HeadPipeline, PipelineConfig
from panic3d.runtime.errors import UserError
from panic3d.runtime.files import write_image_atomically
from panic3d.runtime.pictures import open_picture
from panic3d.studio.heads.files import BACK_FILE, MATTE_FILE, UPLOAD_FILE
from panic3d.studio.heads.messages import (
    FacesFound,
    FilesWritten,
    HeadMade,
    Job,
    MatteDropped,
    PictureAligned,
    PictureDecoded,
    StageFinished,
    StageStarted,
)
from panic3d.studio.heads.records import CharacterRecord, FaceRecord, LikelyValue, Square
from panic3d.studio.heads.settings import STAGES, StageName, choose_line_remover, format_styles, make_avatar_config

logger = logging.getLogger(__name__)
PREVIEW_PX, TEXTURE_PREVIEW_PX = 2048, 512
ADVICE = Advice("choose another in its list", "check the points on the picture, and move those that are wrong")
NO_FACE = "no face was found: place the points of the face on the picture, or choose the square to take as the frame"
BROKEN_MATTE = "the painted matte cannot be read: expected a grey PNG of 512 by 512 pixels"
SAME_FRAME_PX = 0.5
Report = Callable[[BaseModel], None]


class JobStopped(Exception):
    """The job was given up between two stages."""


@dataclass
class Made:
    """What the stages have made so far."""

    picture: Picture | None = None
    faces: list[Face] | None = None
    aligned: AlignedPicture | None = None
    stages: PortraitStages | None = None
    prepared: PreparedPortrait | None = None
    head: Head | None = None
    has_avatar: bool = False
    is_saved: bool = False


FIELD_OF_STAGE: dict[StageName, str] = {
    "reading": "picture",
    "faces": "faces",
    "alignment": "aligned",
    "matte": "stages",
    "lines": "prepared",
    "character": "head",
    "avatar": "has_avatar",
    "saving": "is_saved",
}
"""The entry of `Made` that a stage sets."""


def make_pipeline_config(job: Job) -> PipelineConfig:
    """Return the configuration that the settings of a job mean."""
    given, crop = job.settings, job.settings.crop
    return PipelineConfig(
        align=given.align or "auto",
        face=given.face if given.landmarks_px is None else None,  # given landmarks are those of the chosen face
        matting=given.matting or "auto",
        crop=None if crop is None else CropSquare(crop.x, crop.y, crop.size),
        line_removal=choose_line_remover(given, DEFAULT_REMOVER),
        head_pose=given.head_pose or "auto",
        back_hair=given.back_hair,
        back=Path(job.folder) / BACK_FILE if job.has_back else None,
        styles=format_styles(given),
        avatar=make_avatar_config(given),
    )


class HeadBuilder:
    """Makes one head, and makes it again from any stage on."""

    def __init__(self) -> None:
        self.made = Made()

    def build(self, job: Job, pipeline: HeadPipeline, report: Report, is_stopped: Callable[[], bool]) -> None:
        """Make what is missing or out of date, and what is wanted beside the head.

        Raises UserError where no head can be made, JobStopped where the job was given up.
        """
        work = _Work(job, pipeline, self.made, report)
        for stage in STAGES[self._find_start(job.first_stage) :]:
            if is_stopped():
                raise JobStopped
            for later in STAGES[STAGES.index(stage) :]:
                setattr(self.made, FIELD_OF_STAGE[later], getattr(Made(), FIELD_OF_STAGE[later]))
            report(StageStarted(name=stage))
            started_s = time.monotonic()
            with _collect_warnings() as warnings:
                preview = work.run(stage)
            seconds = round(time.monotonic() - started_s, 3)
            report(StageFinished(name=stage, seconds=seconds, preview=preview, warnings=warnings.sentences))
        if job.wants_turntable and self.made.head is not None:
            if is_stopped():
                raise JobStopped
            self.made.head.save_turntable(Path(job.folder) / "turntable.webp")
            report(FilesWritten(names=["turntable.webp"]))

    def _find_start(self, first: StageName | None) -> int:
        wanted = len(STAGES) if first is None else STAGES.index(first)
        missing = (i for i, stage in enumerate(STAGES) if not _is_made(getattr(self.made, FIELD_OF_STAGE[stage])))
        return min(wanted, next(missing, len(STAGES)))


def _is_made(value: Any) -> bool:
    return value is not None and value is not False


class _Work:
    """The stages of one job. Each returns the name of its preview, if it has one."""

    def __init__(self, job: Job, pipeline: HeadPipeline, made: Made, report: Report) -> None:
        self.job, self.pipeline, self.made, self.report = job, pipeline, made, report
        self.folder = Path(job.folder)

    def run(self, stage: StageName) -> str | None:
        preview: str | None = getattr(self, f"_{stage}")()
        return preview

    def _reading(self) -> str:
        picture = self.pipeline.read(self.folder / UPLOAD_FILE, self.job.name)
        for note in picture.notes:
            logger.warning(note)
        height, width = picture.rgba.shape[:2]
        image = Image.fromarray(picture.rgba)
        image.thumbnail((PREVIEW_PX, PREVIEW_PX), Image.Resampling.BOX)
        self._save("picture.png", image)
        self.made.picture = picture
        self.report(PictureDecoded(width=width, height=height))
        return "picture.png"

    def _faces(self) -> str:
        picture = _require(self.made.picture)
        faces = self.pipeline.detect_faces(picture)
        save_faces(picture.rgba, faces, self.folder / "faces.png")
        self.made.faces = faces
        self.report(FacesFound(faces=[_describe_face(face, False) for face in faces]))
        return "faces.png"

    def _alignment(self) -> str:
        found, given = _require(self.made.faces), self.job.settings.landmarks_px
        number = self.job.settings.face
        if found and number is not None and number > len(found):
            raise UserError(f"there is no face {number}: {len(found)} were found, counted from the left")
        if not found and given is None and self.job.settings.crop is None and self.job.settings.align != "never":
            raise UserError(NO_FACE)
        if given is None:
            aligned = self.pipeline.align(_require(self.made.picture), found)
            listed = found
        else:  # the user's landmarks take the place of the chosen face's
            corrected = Face(np.array(given, float), 1.0)
            replaced = choose_face(found, number) if found else None
            aligned = self.pipeline.align(_require(self.made.picture), [corrected])
            listed = [face for face in found if face is not replaced] + [corrected]
        for doubt in self.pipeline.describe_doubts(aligned, ADVICE):
            logger.warning(doubt)
        self._save("crop.png", Image.fromarray(aligned.crop))
        self.made.aligned = aligned
        self.report(FacesFound(faces=[_describe_face(face, face is aligned.chosen) for face in listed]))
        self.report(PictureAligned(frame=_find_frame(aligned)))
        return "crop.png"

    def _matte(self) -> str:
        aligned = _require(self.made.aligned)
        matte = self._read_painted_matte(aligned) or self.pipeline.matte(aligned)
        stages = self.pipeline.cut_out(aligned, matte)
        self._save("matte.png", Image.fromarray(np.round(matte.alpha.clip(0, 1) * 255).astype(np.uint8)))
        self._save("canonical.png", Image.fromarray(stages.portrait))
        self.made.stages = stages
        return "matte.png"

    def _read_painted_matte(self, aligned: AlignedPicture) -> Matte | None:
        frame, now = self.job.painted_frame, _find_frame(aligned)
        if frame is None:
            return None
        if max(abs(frame.x - now.x), abs(frame.y - now.y), abs(frame.size - now.size)) > SAME_FRAME_PX:
            logger.warning("the painted matte was left out, because the frame has changed")
            self.report(MatteDropped())
            return None
        try:
            with open_picture(self.folder / MATTE_FILE, ("PNG",), IMAGE_SIZE**2) as image:
                alpha = np.asarray(image.convert("L"), np.float64) / 255
        except Exception as error:  # Pillow's decoders raise a dozen types
            raise UserError(BROKEN_MATTE) from error
        if alpha.shape != (IMAGE_SIZE, IMAGE_SIZE):
            raise UserError(BROKEN_MATTE)
        return Matte(alpha, "painted")

    def _lines(self) -> str | None:
        stages = _require(self.made.stages)
        line_free = None
        if self.pipeline.config.line_removal is not None:
            line_free = self.pipeline.remove_lines(stages.portrait, stages.landmarks_px)
            self._save("line_free.png", Image.fromarray(line_free))
        self.made.prepared = PreparedPortrait(self.job.name, _require(self.made.picture), stages, line_free)
        return None if line_free is None else "line_free.png"

    def _character(self) -> str:
        prepared = self.pipeline.add_hints(_require(self.made.prepared))
        head = self.pipeline.reconstruct(prepared)
        head.save_views(self.folder / "views.png")
        self.made.head = head
        found = head.reconstruction
        method = self.job.settings.method or DEFAULT_METHOD
        if method == DEFAULT_METHOD:
            method = "panic3d-character" if isinstance(found, CharacterReconstruction) else "panic3d-unet"
        self.report(HeadMade(method=method, character=describe_character(head)))
        return "views.png"

    def _avatar(self) -> str | None:
        made = _require(self.made.head)
        head = Head(made.prepared, made.reconstruction, self.pipeline.config.avatar)
        self.made.head, self.made.has_avatar = head, True
        if not head.has_face:
            return None
        texture: UInt8[np.ndarray, "T T 4"] = next(iter(head.avatar.textures.values()))
        small = Image.fromarray(texture).resize((TEXTURE_PREVIEW_PX, TEXTURE_PREVIEW_PX), Image.Resampling.BOX)
        self._save("texture.png", small)
        return "texture.png"

    def _saving(self) -> str:
        head, names = _require(self.made.head), ["head.glb"]
        head.save(self.folder / "head.glb")
        if head.has_face:
            head.save(self.folder / "head.vrm", self.job.settings.vrm_version or "1.0")
            names.append("head.vrm")
        if head.has_character:
            head.save_character(self.folder / "head.character.json")
            names.append("head.character.json")
        views = [view.rgb for view in head.render(("front", "spin030"), 384)]
        save_overview(head.stages, head.prepared.line_free, views, self.folder / "overview.png")
        self.made.is_saved = True
        self.report(FilesWritten(names=names))
        return "overview.png"

    def _save(self, name: str, image: Image.Image) -> None:
        write_image_atomically(self.folder / name, image, compress_level=3)


def _require(value: Any) -> Any:
    """Return what an earlier stage has made."""
    assert value is not None
    return value


def _find_frame(aligned: AlignedPicture) -> Square:
    affine = aligned.canonical_from_picture
    scale = float(affine[0, 0])
    return Square(x=-float(affine[0, 2]) / scale, y=-float(affine[1, 2]) / scale, size=IMAGE_SIZE / scale)


def _describe_face(face: Face, chosen: bool) -> FaceRecord:
    box, side = face.box, face.box.side_px
    return FaceRecord(
        box_px=(box.column_px - side / 2, box.row_px - side / 2, side, side),
        landmarks_px=[(float(x), float(y)) for x, y in face.landmarks_px],
        score=float(face.score),
        chosen=chosen,
    )


def describe_character(head: Head) -> CharacterRecord | None:
    """Describe the fitted character by the paths of its fields; None where no character was fitted."""
    found = head.reconstruction
    if not isinstance(found, CharacterReconstruction) or found.fitted is None:
        return None
    params = found.fitted.params
    values: dict[str, str | float | list[str]] = {}
    for field in FIELDS:
        value = read_field(params, field.path) if field.applies(params) else None
        if value is None:
            continue
        if isinstance(field, SetField):
            values[field.path] = [str(member) for member in value]
        elif isinstance(field, ContinuousField):
            values[field.path] = float(value)
        elif isinstance(field, CategoricalField):
            values[field.path] = str(value)
    likeliest = {
        SHORT_NAMES.get(name, name): [LikelyValue(value=value, probability=chance) for value, chance in listed]
        for name, listed in found.fitted.likeliest.items()
    }
    return CharacterRecord(likeliest=likeliest, values=values)


class _collect_warnings(logging.Handler):  # noqa: N801 - used like a function
    """Collects what panic3d warns of inside."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.sentences: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.sentences.append(record.getMessage())

    def __enter__(self) -> "_collect_warnings":
        logging.getLogger("panic3d").addHandler(self)
        return self

    def __exit__(self, *_error: object) -> None:
        logging.getLogger("panic3d").removeHandler(self)
