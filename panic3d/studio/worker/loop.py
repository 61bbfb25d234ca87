"""The work of the worker process: read orders, make heads, write events. Networks stay loaded between heads."""

import logging
import os
import queue
import threading
from collections import OrderedDict
from functools import lru_cache
from typing import IO

from pydantic import BaseModel

from panic3d.pipeline import DEFAULT_METHOD, HeadPipeline
from panic3d.runtime.errors import UserError, explain_unexpected_error
from panic3d.runtime.sentences import shorten_sentence
from panic3d.studio.heads.disk_errors import explain_disk_error
from panic3d.studio.heads.messages import ORDERS, Job, JobEnded, encode_line
from panic3d.studio.worker.building import HeadBuilder, JobStopped, make_pipeline_config

logger = logging.getLogger(__name__)
KEPT_HEADS, KEPT_METHODS = 2, 2
"""How many heads a correction finds with all their stages, and how many methods stay loaded."""


def explain_error(error: Exception) -> str:
    """Explain an error that is no UserError."""
    explained = explain_disk_error(error) if isinstance(error, OSError) else None
    return explained or explain_unexpected_error(error)


class Worker:
    """Makes one head after the other."""

    def __init__(self, device: str, orders: IO[bytes], events: IO[bytes]) -> None:
        self.orders, self.events = orders, events
        self.builders: OrderedDict[str, HeadBuilder] = OrderedDict()
        self.jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self.stopped: set[str] = set()
        self.load = lru_cache(KEPT_METHODS)(
            lambda method: HeadPipeline.from_weights(method=method, device=device)  # type: ignore[arg-type]
        )

    def run(self) -> None:
        """Work until the parent closes the pipe."""
        threading.Thread(target=self._read_orders, daemon=True).start()
        try:
            self._warm_up()
        except UserError:
            logger.debug("warming up failed", exc_info=True)  # the first head says why
        while (job := self.jobs.get()) is not None:
            self._tell(self._work(job))

    def _read_orders(self) -> None:
        for line in self.orders:
            order = ORDERS.validate_json(line)
            if isinstance(order, Job):
                self.stopped.discard(order.id)
                self.jobs.put(order)
            else:
                self.stopped.add(order.id)
        os._exit(0)  # the server has ended

    def _warm_up(self) -> None:
        self.load(DEFAULT_METHOD).load_networks()

    def _work(self, job: Job) -> JobEnded:
        try:
            pipeline = self.load(job.settings.method or DEFAULT_METHOD)
            builder = self.builders.setdefault(job.id, HeadBuilder())
            self.builders.move_to_end(job.id)
            while len(self.builders) > KEPT_HEADS:
                self.builders.popitem(last=False)
            builder.build(
                job, pipeline.reconfigure(make_pipeline_config(job)), self._tell, lambda: job.id in self.stopped
            )
        except JobStopped:
            return JobEnded(outcome="stopped")
        except UserError as error:
            return self._fail(job, str(error))
        except Exception as error:  # an error that one picture causes must not end the work on others
            logger.debug("the head %s failed", job.id, exc_info=error)
            return self._fail(job, explain_error(error))
        return JobEnded(outcome="done")

    def _fail(self, job: Job, sentence: str) -> JobEnded:
        """Return the end of a job, whose sentence calls files by their names alone."""
        return JobEnded(outcome="failed", error=shorten_sentence(sentence.replace(f"{job.folder}/", "")))

    def _tell(self, message: BaseModel) -> None:
        self.events.write(encode_line(message))
        self.events.flush()
