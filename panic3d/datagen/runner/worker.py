"""The process that renders. Jobs arrive as JSON lines on standard input, results leave on standard output.

Blender may crash or hang here without harm to the parent process (`pool.py`).
"""

import json
import os
import signal
import sys
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from panic3d.datagen.avatars.files.errors import AvatarError, AvatarSkipped
from panic3d.datagen.avatars.options import AvatarOptions
from panic3d.datagen.engines.engine import load_engine
from panic3d.datagen.runner.sample import RenderOptions, render_sample
from panic3d.runtime.memory import measure_peak_memory_mb, reset_peak_memory
from panic3d.runtime.worker_processes import set_up_worker
from panic3d.shards.executors import SampleError, SampleJob, SampleSkipped, run_job

OOM_SCORE = "1000"
"""For /proc/self/oom_score_adj: where the machine runs out of memory, a worker is killed before its parent."""


def handle_request(request: dict[str, Any]) -> dict[str, Any]:
    """Render and store one avatar. `request` has the job, the render options and the number of threads."""
    reset_peak_memory()
    options = RenderOptions(**{**request["options"], "avatar": AvatarOptions(**request["options"]["avatar"])})

    def make_members(job: SampleJob) -> dict[str, bytes]:
        try:
            load_engine(options.engine)  # before anything imports Open3D
            return render_sample(Path(job.source), job.key, options, request["threads"])
        except AvatarSkipped as error:
            raise SampleSkipped(str(error)) from error
        except AvatarError as error:
            raise SampleError(str(error)) from error

    result = run_job(SampleJob(**request["job"]), make_members)
    return asdict(replace(result, peak_mb=int(measure_peak_memory_mb())))


def _write_proc(name: str, text: str) -> None:
    with suppress(OSError):  # not Linux, or a container that forbids it
        Path("/proc/self", name).write_text(text)


def main() -> None:
    """Handle requests until standard input ends."""
    set_up_worker(int(sys.argv[1]) if len(sys.argv) > 1 else os.getppid())
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a file size limit becomes an OSError
    _write_proc("oom_score_adj", OOM_SCORE)
    results = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # Blender prints on standard output
    for line in sys.stdin:
        print(json.dumps(handle_request(json.loads(line))), file=results, flush=True)


if __name__ == "__main__":
    main()
