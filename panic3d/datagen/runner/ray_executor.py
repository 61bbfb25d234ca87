"""Rendering on a Ray cluster: an actor a core, each with a worker process of its own; the nodes share a folder."""

import logging
import os
import socket
import sys
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from panic3d.datagen.runner.executors import WORKER_GB
from panic3d.datagen.runner.pool import Answer, Job, Limits, WorkerPool
from panic3d.runtime.errors import UserError

TRIES = 2
"""Of an avatar whose node is lost."""
CONNECT_S = 10.0
MAX_LOST = 100
"""Workers of a run: a cluster that loses more has something wrong with it."""


class RenderActor:
    """Lives on a node; its worker process may crash, hang or overflow as one of this machine may."""

    def __init__(self, limits: Limits) -> None:
        self._pool = WorkerPool(limits)

    def look(self, path: str) -> tuple[str, bool]:
        """This node's address, and whether it sees a file of the dataset folder."""
        import ray

        return ray.util.get_node_ip_address() + " " + ray.get_runtime_context().get_node_id()[:8], Path(path).is_file()

    def run(self, job: Job) -> Answer:
        return self._pool.run(job)


class RayExecutor:
    """Actors join as the cluster has room for them; those of a lost node are replaced."""

    threads = 1

    def __init__(self, workers: int | None, limits: Limits, seen: Path) -> None:
        """Joins the cluster of RAY_ADDRESS, else one that runs on this machine, else starts one here.

        `seen` is a file that every node must see. UserError where Ray is missing or no cluster answers.
        """
        try:
            import ray
        except ImportError as error:
            raise UserError("--executor ray needs Ray, which is not installed: pip install 'panic3d[ray]'") from error
        _knock(os.environ.get("RAY_ADDRESS", ""))
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is sent to anyone
        try:
            ray.init(logging_level=logging.WARNING, include_dashboard=False, ignore_reinit_error=True)
        except (ConnectionError, RuntimeError, ValueError) as error:
            where = os.environ.get("RAY_ADDRESS", "this machine")
            raise UserError(f"no Ray cluster answers at {where} ({error}): start one with `ray start`") from error
        self._workers = workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
        self._limits, self._seen = limits, str(seen.resolve())
        self._actor = ray.remote(num_cpus=1, memory=int(WORKER_GB * 2**30), max_restarts=0)(RenderActor)
        self._actors: list[Any] = []
        self._nodes: dict[Any, str] = {}
        self.done_on: Counter[str] = Counter()

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Answer]]:
        import ray

        todo, tries = deque(jobs), Counter[str]()
        running: dict[Any, tuple[Any, Job | None]] = {}
        for _ in range(min(self._workers, len(jobs))):
            self._hire(running)
        left = len(jobs)
        while left:
            (ready,), _ = ray.wait(list(running), num_returns=1)
            actor, job = running.pop(ready)
            try:
                answer = ray.get(ready)
            except ray.exceptions.RayError as error:  # the actor or its node is gone
                self._hire(running)
                if job is None:
                    continue
                tries[job.key] += 1
                if tries[job.key] < TRIES:
                    todo.appendleft(job)
                    continue
                reason = f"the Ray worker was lost {TRIES} times: {str(error).splitlines()[0]}"
                yield job, Answer("failed", reason, 0.0, 0, TRIES)
                left -= 1
                continue
            if job is None:
                self._check(actor, *answer)
            else:
                self.done_on[self._nodes[actor]] += 1
                yield job, answer
                left -= 1
            if todo:
                job = todo.popleft()
                running[actor.run.remote(job)] = actor, job
        shares = ", ".join(f"{count} on {node}" for node, count in sorted(self.done_on.items()))
        if shares:
            print(f"ray: {shares}", file=sys.stderr)

    def _hire(self, running: dict[Any, tuple[Any, Job | None]]) -> None:
        if len(self._actors) > self._workers + MAX_LOST:
            raise UserError(f"{MAX_LOST} Ray workers were lost one after the other: see the cluster's logs")
        actor = self._actor.remote(self._limits)
        self._actors.append(actor)
        running[actor.look.remote(self._seen)] = actor, None

    def _check(self, actor: Any, node: str, sees: bool) -> None:
        if not sees:
            raise UserError(
                f"the Ray node {node} does not see {self._seen}: --out must be a folder that all nodes share"
            )
        self._nodes[actor] = node

    def close(self) -> None:
        import ray

        for actor in self._actors:
            ray.kill(actor)


def _knock(address: str) -> None:
    """UserError where nothing listens at `host:port`: Ray itself would try for many minutes."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not host or not port.isdigit():
        return
    try:
        socket.create_connection((host, int(port)), CONNECT_S).close()
    except OSError as error:
        raise UserError(f"no Ray cluster answers at {address} ({error}): start one with `ray start --head`") from error
