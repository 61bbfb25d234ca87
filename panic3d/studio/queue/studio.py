"""The heads of a results folder, the queue of those to make, and who is told of their changes."""

import asyncio
import logging
import time
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from panic3d.studio.heads.disk_errors import explain_disk_error
from panic3d.studio.heads.files import MATTE_FILE, TURNTABLE_FILE
from panic3d.studio.heads.messages import Job, JobEnded
from panic3d.studio.heads.progress import apply_event, drop_files
from panic3d.studio.heads.records import HeadRecord, StoredHead
from panic3d.studio.heads.settings import STAGES, HeadSettings, StageName, find_first_stage, merge_settings
from panic3d.studio.heads.store import ResultsFolder
from panic3d.studio.queue.worker_process import WorkerDied, WorkerProcess

logger = logging.getLogger(__name__)
MOST_WORKER_DEATHS = 2
MOST_UNREAD_CHANGES = 1000
Change = tuple[str, HeadRecord | str]
"""`head` with a record, or `removed` with an id."""


class Studio:
    """Keeps the records, gives one head after the other to the worker, and tells subscribers of every change."""

    def __init__(self, results: ResultsFolder, device: str) -> None:
        self.results, self.worker = results, WorkerProcess(device)
        self.heads: dict[str, StoredHead] = results.load()
        self.waiting: list[str] = []
        self.running: str | None = None
        self._subscribers: set[asyncio.Queue[Change | None]] = set()
        self._wake = asyncio.Event()
        self._changed: set[str] = set()
        """Heads whose settings have changed while they were made."""
        self._cancelled: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        for head in sorted(self.heads.values(), key=lambda head: head.queued):
            if head.record.status in ("queued", "running"):
                head.record.status, head.record.stage = "queued", None
                self.waiting.append(head.record.id)
        self._number_waiting(publish=False)

    # --- life

    def start(self) -> None:
        """Begin to work on the queue."""
        self._spawn(self._work_forever())
        self._wake.set()

    async def close(self) -> None:
        """End the worker and all subscriptions; what was running is queued again at the next start."""
        for task in self._tasks:
            task.cancel()
        await self.worker.kill()
        self.end_subscriptions()

    def end_subscriptions(self) -> None:
        """Tell all subscribers that nothing more comes."""
        for changes in self._subscribers:
            _put_last(changes)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- subscribers

    def subscribe(self) -> asyncio.Queue[Change | None]:
        """Return a queue with all heads, in which all changes follow; None is the last entry."""
        changes: asyncio.Queue[Change | None] = asyncio.Queue()
        for record in reversed(self.list_records()):
            changes.put_nowait(("head", record))
        self._subscribers.add(changes)
        return changes

    def unsubscribe(self, changes: asyncio.Queue[Change | None]) -> None:
        self._subscribers.discard(changes)

    def _publish(self, name: str, value: HeadRecord | str) -> None:
        kept = value.model_copy(deep=True) if isinstance(value, HeadRecord) else value
        for changes in list(self._subscribers):
            if changes.qsize() > MOST_UNREAD_CHANGES:  # it does not read; it may connect again
                self._subscribers.discard(changes)
                _put_last(changes)
            else:
                changes.put_nowait((name, kept))

    # --- requests

    def list_records(self) -> list[HeadRecord]:
        """Return the records of all heads, newest first."""
        return sorted((head.record for head in self.heads.values()), key=lambda record: -record.created)

    async def add(self, head_id: str, name: str, settings: HeadSettings, has_back: bool) -> None:
        """Queue a head whose picture lies in its folder. Raises OSError where its record cannot be written."""
        record = HeadRecord(id=head_id, name=name, created=time.time(), settings=settings, back=has_back)
        head = StoredHead(record=record, queued=time.time())
        await self.results.save(head)
        self.heads[head_id] = head
        self.waiting.append(head_id)
        self._number_waiting()
        self._publish("head", record)
        self._wake.set()

    async def change(self, head_id: str, change: HeadSettings) -> None:
        """Change settings, and make again what they concern. A head that failed or was cancelled is tried again."""
        head = self.heads[head_id]
        settings, changed = merge_settings(head.record.settings, change)
        if not changed and head.record.status in ("done", "queued", "running"):
            return
        head.record.settings = settings
        first = find_first_stage(changed) if changed else head.first_stage
        await self.rebuild(head_id, first or STAGES[-1])

    async def rebuild(self, head_id: str, first: StageName | None) -> None:
        """Make a head again from a stage on; None: nothing but the turntable that is wanted."""
        head = self.heads[head_id]
        if first is not None:
            pending = head.first_stage
            head.first_stage = first if pending is None else min(first, pending, key=STAGES.index)
            head.record.revision += 1
            head.worker_deaths = 0
            drop_files(head, [TURNTABLE_FILE])
        if head_id == self.running:
            self._changed.add(head_id)
            if first is not None:
                await self.worker.ask_to_stop(head_id)
            await self._save(head)
            self._publish("head", head.record)
        else:
            await self._enqueue(head)

    async def paint_matte(self, head_id: str, matte: Path | None) -> None:
        """Take a file of the head's folder as its matte, or take the painted matte back."""
        head = self.heads[head_id]
        if matte is None and head.painted_frame is None:
            return
        if matte is not None:
            matte.replace(self.results.get_folder(head_id) / MATTE_FILE)
        head.painted_frame = None if matte is None else head.record.frame
        head.record.painted_matte = matte is not None
        await self.rebuild(head_id, "matte")

    async def give_back_picture(self, head_id: str, has_back: bool) -> None:
        """Take the head's picture from behind into account, or no more."""
        head = self.heads[head_id]
        if has_back or head.record.back:
            head.record.back = has_back
            await self.rebuild(head_id, "character")

    async def make_turntable(self, head_id: str) -> None:
        """Add a turntable to the files of a head."""
        self.heads[head_id].wants_turntable = True
        await self.rebuild(head_id, None)

    async def cancel(self, head_id: str) -> None:
        """Take a head from the queue, or end the worker that makes it."""
        head = self.heads[head_id]
        if head_id in self.waiting:
            self.waiting.remove(head_id)
            head.record.status, head.record.position = "cancelled", None
            await self._save(head)
            self._publish("head", head.record)
            self._number_waiting()
        elif head_id == self.running:
            self._cancelled.add(head_id)
            await self.worker.kill()

    async def remove(self, head_id: str) -> None:
        """Cancel a head and remove its files."""
        await self.cancel(head_id)
        self.heads.pop(head_id, None)
        self._publish("removed", head_id)
        await self.results.remove(head_id)

    # --- the queue

    async def _enqueue(self, head: StoredHead, first: bool = False) -> None:
        record = head.record
        record.status, record.stage, record.error = "queued", None, None
        if record.id not in self.waiting:
            self.waiting.insert(0 if first else len(self.waiting), record.id)
            head.queued = 0.0 if first else time.time()
        await self._save(head)
        self._number_waiting()
        self._publish("head", record)
        self._wake.set()

    def _number_waiting(self, publish: bool = True) -> None:
        ahead = 0 if self.running is None else 1
        for position, head_id in enumerate(self.waiting, ahead):
            record = self.heads[head_id].record
            if record.position != position:
                record.position = position
                if publish:
                    self._publish("head", record)

    async def _work_forever(self) -> None:
        await self._start_worker()
        while True:
            if not self.waiting:
                self._wake.clear()
                await self._wake.wait()
                continue
            head_id = self.waiting.pop(0)
            self.running = head_id
            try:
                await self._make(self.heads[head_id])
            except Exception as error:
                logger.warning("the head %s cannot be made (%s: %s)", head_id, type(error).__name__, error)
                await self._fail(head_id, "the server could not make this head: its log says why")
            self.running = None
            self._number_waiting()

    async def _start_worker(self) -> None:
        """Let the worker load its networks before it is needed."""
        with suppress(OSError):
            await self.worker.start()

    async def _make(self, head: StoredHead) -> None:
        record, folder = head.record, self.results.get_folder(head.record.id)
        record.status, record.position, record.error = "running", None, None
        self._changed.discard(record.id)
        self._cancelled.discard(record.id)
        self._number_waiting()
        await self._save(head)
        self._publish("head", record)
        job = Job(
            id=record.id,
            folder=str(folder),
            name=record.name,
            first_stage=head.first_stage,
            settings=record.settings,
            has_back=record.back,
            painted_frame=head.painted_frame,
            wants_turntable=head.wants_turntable,
        )
        try:
            async for event in self.worker.run(job):
                with suppress(FileNotFoundError):  # removed by its user meanwhile
                    apply_event(head, event, folder, record.id in self._changed)
                if isinstance(event, JobEnded):
                    break
                await self._save(head)
                self._publish("head", record)
        except (WorkerDied, OSError) as death:
            await self._handle_death(head, death)
            return
        self.running = None
        if record.id not in self.heads:
            return
        if record.id in self._changed:
            await self._enqueue(head, first=True)
            return
        head.worker_deaths = 0
        await self._save(head)
        self._publish("head", record)

    async def _handle_death(self, head: StoredHead, death: Exception) -> None:
        """Queue a head once more whose worker has ended, unless its user has ended it."""
        self.running, record = None, head.record
        self._spawn(self._start_worker())
        if record.id not in self.heads:
            return
        if record.id in self._cancelled:
            self._cancelled.discard(record.id)
            record.status, record.stage = "cancelled", None
            await self._save(head)
            self._publish("head", record)
            return
        head.worker_deaths += 1
        if head.worker_deaths < MOST_WORKER_DEATHS:
            await self._enqueue(head, first=True)
            return
        await self._fail(
            record.id,
            f"the process that made the head ended twice ({death}), perhaps for want of memory: close other programs, "
            "or give a smaller picture",
        )

    async def _fail(self, head_id: str, sentence: str) -> None:
        if head := self.heads.get(head_id):
            head.worker_deaths = 0
            head.record.status, head.record.error = "failed", sentence
            await self._save(head)
            self._publish("head", head.record)

    async def _save(self, head: StoredHead) -> None:
        """Write a record; on a full disk the work goes on without."""
        if head.record.id not in self.heads:
            return
        try:
            await self.results.save(head)
        except OSError as error:
            logger.warning("%s", explain_disk_error(error) or f"a record cannot be written: {error}")


def _put_last(changes: asyncio.Queue[Change | None]) -> None:
    while not changes.empty():
        changes.get_nowait()
    changes.put_nowait(None)
