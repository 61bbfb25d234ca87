"""Reads fuzzed files in a process of its own: `python -m helpers.fuzzing.child KIND FIRST COUNT FOLDER`.

Each case is announced on standard output before it runs; faults follow it. A hang is ended after SECONDS with the
tracebacks of all threads, and a crash of native code shows those too.
"""

import faulthandler
import importlib
import os
import random
import shutil
import sys
import traceback
from pathlib import Path

from helpers.fuzzing.kind import FuzzedKind
from panic3d.runtime.errors import UserError
from panic3d.runtime.memory import measure_peak_memory_mb, reset_peak_memory

SECONDS = 60.0
MAX_CHARS = 300


MODULES = {"avatars": "avatars", "servers": "servers"}
"""The modules of the kinds that are not in `files`. Blender, for avatars, must be imported before Open3D."""


def load_kind(name: str) -> FuzzedKind:
    """Import a kind by name, such as `pictures`."""
    module = importlib.import_module(f"helpers.fuzzing.{MODULES.get(name, 'files')}")
    kind: FuzzedKind = getattr(module, name.upper())
    return kind


def run_case(kind: str, fuzzed: FuzzedKind, seed: int) -> list[str]:
    """Damage a copy of the valid files, read it with every reader, and return the faults."""
    copy = Path("copy")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree("good", copy)
    name = fuzzed.damage(random.Random(seed), copy)
    print(f"case {kind} {seed} {name}", flush=True)
    faults: list[str] = []

    def check(sentence: str) -> None:
        if not (15 < len(sentence) <= MAX_CHARS and sentence.isprintable()):
            faults.append(f"a sentence of {len(sentence)} characters: {sentence[:1000]!r}")

    reset_peak_memory()
    for read in fuzzed.readers(copy / name):
        faulthandler.dump_traceback_later(SECONDS, exit=True)
        try:
            read(check)
        except UserError as error:
            check(str(error))
        except Exception:
            faults.append(traceback.format_exc())
        finally:
            faulthandler.cancel_dump_traceback_later()
    peak_mb = measure_peak_memory_mb()
    if peak_mb > fuzzed.max_mb:
        faults.append(f"the process has taken {peak_mb} MB")
    return faults


def main(kind: str, first: int, count: int, folder: str) -> None:
    faulthandler.enable()
    os.chdir(folder)
    shutil.rmtree("good", ignore_errors=True)
    Path("good").mkdir()
    fuzzed = load_kind(kind)
    fuzzed.make(Path("good"))
    for seed in range(first, first + count):
        for fault in run_case(kind, fuzzed, seed):
            print(f"FAULT {kind} {seed}: {fault}", flush=True)
    print("finished")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
