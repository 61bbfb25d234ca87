"""The process that renders: jobs come as JSON lines on standard input, answers leave on standard output.

Blender may crash or hang here; the parent (jobs.py) may not.
"""

import ctypes
import json
import os
import resource
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from panic3d.datagen.avatars.files.errors import AvatarError, AvatarSkipped
from panic3d.datagen.avatars.options import AvatarOptions
from panic3d.datagen.runner.sample import RenderOptions, render_sample
from panic3d.shards.files import DISK_ERRORS
from panic3d.shards.writer import put_sample

PR_SET_PDEATHSIG = 1
RESET_PEAK = "5"
"""What /proc/self/clear_refs takes to forget the peak of the resident memory (proc(5))."""
FIRST_TO_GO = "1000"
"""Of /proc/self/oom_score_adj: where the machine runs out of memory, a worker ends, not the parent."""


def run_job(job: dict[str, Any]) -> dict[str, Any]:
    """Renders one avatar into the partial folder. `disk` as the status means that nothing more can be written."""
    start_s = time.monotonic()
    _write_proc("clear_refs", RESET_PEAK)
    settings = dict(job["options"])
    options = RenderOptions(**{**settings, "avatar": AvatarOptions(**settings["avatar"])})
    status, reason = "ok", ""
    try:
        members = render_sample(Path(job["source"]), job["key"], options, job["threads"])
        put_sample(Path(job["folder"]), job["group"], job["key"], members)
    except AvatarSkipped as error:
        status, reason = "skipped", str(error)
    except AvatarError as error:
        status, reason = "failed", str(error)
    except OSError as error:
        status, reason = ("disk" if error.errno in DISK_ERRORS else "failed"), str(error)
    except Exception as error:  # a worker lives on: whatever one avatar did is that avatar's failure
        status, reason = "failed", f"{type(error).__name__}: {error}"
    return {
        "status": status,
        "reason": " ".join(reason.split()),
        "seconds": round(time.monotonic() - start_s, 2),
        "peak_mb": _peak_mb(),
    }


def _peak_mb() -> int:
    """The most memory that this process held since the peak was last reset; since its start where none can be."""
    with suppress(OSError), Path("/proc/self/status").open() as lines:
        for line in lines:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _write_proc(name: str, text: str) -> None:
    with suppress(OSError):  # no Linux, or a container that forbids it
        Path("/proc/self", name).write_text(text)


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a file size limit becomes an OSError
    if sys.platform == "linux":  # go when the parent goes, even by kill -9
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if len(sys.argv) > 1 and os.getppid() != int(sys.argv[1]):  # it went before that
        return
    _write_proc("oom_score_adj", FIRST_TO_GO)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # Blender talks on standard output
    for line in sys.stdin:
        print(json.dumps(run_job(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
