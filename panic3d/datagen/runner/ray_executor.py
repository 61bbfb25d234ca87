"""Rendering on a Ray cluster whose nodes share the dataset folder: one actor and worker process per processor."""

import logging
import os
import socket
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from panic3d.datagen.runner.local_executor import WORKER_MEMORY_GB
from panic3d.datagen.runner.pool import Limits, WorkerPool, WorkerSettings
from panic3d.runtime.errors import UserError
from panic3d.runtime.extras import require_library
from panic3d.shards.executors import SampleJob, SampleResult

logger = logging.getLogger(__name__)
MAX_ATTEMPTS = 2
"""Attempts at an avatar whose node is lost."""
CONNECT_TIMEOUT_S = 10.0
MAX_LOST_WORKERS = 100
"""Workers that a run may lose before it gives up: something is wrong with a cluster that loses more."""


class RenderActor:
    """An actor on some node. Its worker process may crash, hang or exceed its memory, as a local one may."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._pool = WorkerPool(settings)

    def find(self, path: str) -> tuple[str, bool]:
        """Return the name of this node, and whether it has a file of the dataset folder."""
        import ray

        return ray.util.get_node_ip_address() + " " + ray.get_runtime_context().get_node_id()[:8], Path(path).is_file()

    def run(self, job: SampleJob) -> SampleResult:
        return self._pool.run(job)


class RayExecutor:
    """Renders with actors, which start as the cluster has resources for them. Those of a lost node are replaced."""

    def __init__(self, workers: int | None, options: dict[str, Any], limits: Limits, shared_file: Path) -> None:
        """Join the cluster of RAY_ADDRESS, else one that runs on this machine, else start one here.

        Every node must have `shared_file`, a file of the dataset folder. Raises UserError where Ray is not installed
        or no cluster answers.
        """
        require_library("ray", "--executor ray")
        import ray

        _check_address(os.environ.get("RAY_ADDRESS", ""))
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # send no usage statistics
        try:
            ray.init(logging_level=logging.WARNING, include_dashboard=False, ignore_reinit_error=True)
        except (ConnectionError, RuntimeError, ValueError) as error:
            where = os.environ.get("RAY_ADDRESS", "this machine")
            raise UserError(f"no Ray cluster answers at {where} ({error}): start one with `ray start`") from error
        self._workers = workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
        self._settings, self._shared_file = WorkerSettings(options, limits), str(shared_file.resolve())
        self._actor = ray.remote(num_cpus=1, memory=int(WORKER_MEMORY_GB * 2**30), max_restarts=0)(RenderActor)
        self._actors: list[Any] = []
        self._nodes: dict[Any, str] = {}
        self.jobs_by_node: Counter[str] = Counter()

    def run(self, jobs: Sequence[SampleJob]) -> Iterator[tuple[SampleJob, SampleResult]]:
        import ray

        todo, attempts = deque(jobs), Counter[str]()
        running: dict[Any, tuple[Any, SampleJob | None]] = {}
        for _ in range(min(self._workers, len(jobs))):
            self._start_actor(running)
        left = len(jobs)
        while left:
            (ready,), _ = ray.wait(list(running), num_returns=1)
            actor, job = running.pop(ready)
            try:
                result = ray.get(ready)
            except ray.exceptions.RayError as error:  # the actor or its node is gone
                self._start_actor(running)
                if job is None:
                    continue
                attempts[job.key] += 1
                if attempts[job.key] < MAX_ATTEMPTS:
                    todo.appendleft(job)
                    continue
                reason = f"the Ray worker was lost {MAX_ATTEMPTS} times: {str(error).splitlines()[0]}"
                yield job, SampleResult("failed", reason, 0.0, 0, MAX_ATTEMPTS)
                left -= 1
                continue
            if job is None:
                self._check_node(actor, *result)
            else:
                self.jobs_by_node[self._nodes[actor]] += 1
                yield job, result
                left -= 1
            if todo:
                job = todo.popleft()
                running[actor.run.remote(job)] = actor, job
        if self.jobs_by_node:
            counts = ", ".join(f"{count} on {node}" for node, count in sorted(self.jobs_by_node.items()))
            logger.info("ray: %s", counts)

    def _start_actor(self, running: dict[Any, tuple[Any, SampleJob | None]]) -> None:
        if len(self._actors) > self._workers + MAX_LOST_WORKERS:
            raise UserError(f"{MAX_LOST_WORKERS} Ray workers were lost one after the other: see the cluster's logs")
        actor = self._actor.remote(self._settings)
        self._actors.append(actor)
        running[actor.find.remote(self._shared_file)] = actor, None

    def _check_node(self, actor: Any, node: str, has_file: bool) -> None:
        if not has_file:
            raise UserError(
                f"the Ray node {node} cannot read {self._shared_file}: --out must be a folder that all nodes share"
            )
        self._nodes[actor] = node

    def close(self) -> None:
        import ray

        for actor in self._actors:
            ray.kill(actor)


def _check_address(address: str) -> None:
    """Raise UserError where nothing listens at `host:port`. Ray itself would try for many minutes."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not host or not port.isdigit():
        return
    try:
        socket.create_connection((host, int(port)), CONNECT_TIMEOUT_S).close()
    except OSError as error:
        raise UserError(f"no Ray cluster answers at {address} ({error}): start one with `ray start --head`") from error
