"""The process that renders: jobs come as JSON lines on standard input, answers leave on standard output.

Blender may crash or hang here; the parent (jobs.py) may not.
"""

import ctypes
import errno
import json
import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any

from panic3d.datagen.avatar import AvatarOptions
from panic3d.datagen.gltf import AvatarError
from panic3d.datagen.sample import RenderOptions, render_sample
from panic3d.shards.writer import put_sample

PR_SET_PDEATHSIG = 1
DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def run_job(job: dict[str, Any]) -> dict[str, Any]:
    """Renders one avatar into the partial folder. `disk` as the status means that nothing more can be written."""
    start_s = time.monotonic()
    settings = dict(job["options"])
    options = RenderOptions(**{**settings, "avatar": AvatarOptions(**settings["avatar"])})
    status, reason = "ok", ""
    try:
        members = render_sample(Path(job["source"]), job["key"], options, job["threads"])
        put_sample(Path(job["folder"]), job["group"], job["key"], members)
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
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a file size limit becomes an OSError
    if sys.platform == "linux":  # go when the parent goes, even by kill -9
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # Blender talks on standard output
    for line in sys.stdin:
        print(json.dumps(run_job(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
