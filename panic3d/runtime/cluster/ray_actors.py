"""Jobs on a Ray cluster whose nodes share a folder: one actor per processor or GPU, replaced where its node is lost."""

import logging
import os
import socket
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from panic3d.runtime.errors import UserError
from panic3d.runtime.extras import require_library

logger = logging.getLogger(__name__)
MAX_ATTEMPTS = 2
"""Attempts at a job whose node is lost."""
CONNECT_TIMEOUT_S = 10.0
MAX_LOST_WORKERS = 100
"""Workers that a run may lose before it gives up: something is wrong with a cluster that loses more."""
Job = TypeVar("Job", bound=Hashable)
Result = TypeVar("Result")


@dataclass(frozen=True)
class LostJob:
    """What a job gives whose node was lost at every attempt."""

    reason: str


class _Actor:
    """An actor on some node, which makes its function when the first job comes."""

    def __init__(self, make: Callable[[], Callable[[Any], Any]]) -> None:
        self._make = make
        self._function: Callable[[Any], Any] | None = None

    def find(self, path: str) -> tuple[str, bool]:
        """Return the name of this node, and whether it has a file of the shared folder."""
        import ray

        return ray.util.get_node_ip_address() + " " + ray.get_runtime_context().get_node_id()[:8], Path(path).is_file()

    def run(self, job: Any) -> Any:
        if self._function is None:
            self._function = self._make()
        return self._function(job)


class RayActors(Generic[Job, Result]):
    """Runs jobs with actors, which start as the cluster has resources for them."""

    def __init__(
        self,
        make: Callable[[], Callable[[Job], Result]],
        workers: int | None,
        shared_file: Path,
        memory_gb: float,
        gpus: int = 0,
    ) -> None:
        """Join the cluster of RAY_ADDRESS, else one that runs on this machine, else start one here.

        `make` is picklable and returns the function that runs a job; each of the `workers` (None: as many as
        processors, or GPUs where an actor takes `gpus`) calls it once. Every node must have `shared_file`. Raises
        UserError where Ray is not installed or no cluster answers.
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
        found = ray.cluster_resources()
        if gpus and not found.get("GPU"):
            raise UserError("the Ray cluster has no GPU: give --device cpu, or start its nodes with GPUs")
        self._workers = workers or max(1, int(found.get("GPU", 1) / gpus if gpus else found.get("CPU", 1)))
        self._make, self._shared_file = make, str(shared_file.resolve())
        memory = int(memory_gb * 2**30)
        self._actor = ray.remote(num_cpus=1, num_gpus=gpus, memory=memory, max_restarts=0)(_Actor)
        self._actors: list[Any] = []
        self._nodes: dict[Any, str] = {}
        self.jobs_by_node: Counter[str] = Counter()

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Result | LostJob]]:
        """Iterate over the jobs with their results, in the order in which they finish.

        Raises what a job raises, and UserError where a node lacks the shared folder or too many are lost.
        """
        import ray

        todo, attempts = deque(jobs), Counter[Job]()
        running: dict[Any, tuple[Any, Job | None]] = {}
        for _ in range(min(self._workers, len(jobs))):
            self._start_actor(running)
        left = len(jobs)
        while left:
            (ready,), _ = ray.wait(list(running), num_returns=1)
            actor, job = running.pop(ready)
            try:
                result = ray.get(ready)
            except ray.exceptions.RayTaskError as error:  # the job's own error
                raise error.cause if isinstance(error.cause, Exception) else error from None
            except ray.exceptions.RayError as error:  # the actor or its node is gone
                self._start_actor(running)
                if job is None:
                    continue
                attempts[job] += 1
                if attempts[job] < MAX_ATTEMPTS:
                    todo.appendleft(job)
                    continue
                yield job, LostJob(f"the Ray worker was lost {MAX_ATTEMPTS} times: {str(error).splitlines()[0]}")
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

    def _start_actor(self, running: dict[Any, tuple[Any, Job | None]]) -> None:
        if len(self._actors) > self._workers + MAX_LOST_WORKERS:
            raise UserError(f"{MAX_LOST_WORKERS} Ray workers were lost one after the other: see the cluster's logs")
        actor = self._actor.remote(self._make)
        self._actors.append(actor)
        running[actor.find.remote(self._shared_file)] = actor, None

    def _check_node(self, actor: Any, node: str, has_file: bool) -> None:
        if not has_file:
            raise UserError(f"the Ray node {node} cannot read {self._shared_file}: give a folder that all nodes share")
        self._nodes[actor] = node

    def close(self) -> None:
        """End all actors at once."""
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
