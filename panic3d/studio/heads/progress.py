"""What the events of the worker change in the record of a head."""

from collections.abc import Iterable
from pathlib import Path

from panic3d.runtime.sentences import shorten_sentence
from panic3d.studio.heads.files import FILES, FILES_OF_STAGE, HEAD_FILES, TURNTABLE_FILE
from panic3d.studio.heads.messages import (
    Event,
    FacesFound,
    FilesWritten,
    HeadMade,
    JobEnded,
    MatteDropped,
    PictureAligned,
    PictureDecoded,
    StageFinished,
    StageStarted,
)
from panic3d.studio.heads.records import FileRecord, PictureRecord, StageRecord, StoredHead
from panic3d.studio.heads.settings import STAGES, StageName


def apply_event(head: StoredHead, event: Event, folder: Path, keep_first_stage: bool) -> None:
    """Change the record of a head by an event.

    `keep_first_stage`: the settings have changed meanwhile, so that what is made now is not the end of the work.
    """
    record = head.record
    if isinstance(event, StageStarted):
        _forget_from(head, event.name)
        record.stage = event.name
    elif isinstance(event, StageFinished):
        _finish_stage(head, event, folder)
        if not keep_first_stage:
            later = STAGES[STAGES.index(event.name) + 1 :]
            head.first_stage = later[0] if later else None
    elif isinstance(event, PictureDecoded):
        head.version += 1
        record.picture = PictureRecord(url=_make_url(head, "picture.png"), width=event.width, height=event.height)
    elif isinstance(event, FacesFound):
        record.faces = event.faces
    elif isinstance(event, PictureAligned):
        record.frame = event.frame
    elif isinstance(event, MatteDropped):
        record.painted_matte, head.painted_frame = False, None
    elif isinstance(event, HeadMade):
        record.method, record.character = event.method, event.character
    elif isinstance(event, FilesWritten):
        if TURNTABLE_FILE in event.names:
            head.wants_turntable = False
        else:
            drop_files(head, HEAD_FILES)
        _add_files(head, event.names, folder)
    elif isinstance(event, JobEnded) and event.outcome != "stopped":
        record.status, record.error = event.outcome, event.error
        record.stage = None if event.outcome == "done" else record.stage


def drop_files(head: StoredHead, names: Iterable[str]) -> None:
    """Remove files from the record; they stay on disk until they are overwritten."""
    gone = set(names)
    head.record.files = [file for file in head.record.files if file.name not in gone]


def _finish_stage(head: StoredHead, event: StageFinished, folder: Path) -> None:
    names = FILES_OF_STAGE[event.name]
    if event.preview is None:
        drop_files(head, names)
    else:
        _add_files(head, names, folder)
    url = None if event.preview is None else _make_url(head, event.preview)
    head.record.stages.append(StageRecord(name=event.name, seconds=event.seconds, picture=url))
    if event.warnings:
        head.stage_warnings[event.name] = [shorten_sentence(sentence) for sentence in event.warnings]
    _list_warnings(head)


def _forget_from(head: StoredHead, first: StageName) -> None:
    """Remove stages, and what they warned of, from one on."""
    kept = STAGES[: STAGES.index(first)]
    head.record.stages = [stage for stage in head.record.stages if stage.name in kept]
    head.stage_warnings = {name: said for name, said in head.stage_warnings.items() if name in kept}
    _list_warnings(head)


def _list_warnings(head: StoredHead) -> None:
    head.record.warnings = [sentence for stage in STAGES for sentence in head.stage_warnings.get(stage, [])]


def _add_files(head: StoredHead, names: Iterable[str], folder: Path) -> None:
    head.version += 1
    files = {file.name: file for file in head.record.files}
    for name in names:
        size = (folder / name).stat().st_size
        files[name] = FileRecord(name=name, url=_make_url(head, name), bytes=size, kind=FILES[name])
    head.record.files = [files[name] for name in FILES if name in files]


def _make_url(head: StoredHead, name: str) -> str:
    return f"/api/heads/{head.record.id}/files/{name}?v={head.version}"
