"""The main job from end to end: avatars, shards, training, reconstruction, scores, report.

Each step is a command that you could type yourself, printed before it runs. Started again, it goes on where it was.
"""

import argparse
import json
import shlex
import subprocess
import sys
import tarfile
import threading
import time
from pathlib import Path

import psutil

AVATARS = 88
HELD_OUT_SHARE = {"generated": 0.1, "given": 0.25}
ENOUGH_AVATARS = 8
TRAIN_MINUTES = 4
METHODS_FITTED_ON_DATA = ("mean", "nearest", "relief")


class PeakMemory:
    """The largest sum of resident memory of this process and all below it, sampled twice a second."""

    def __init__(self) -> None:
        self.bytes = 0
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        me = psutil.Process()
        while True:
            total = 0
            for process in [me, *me.children(recursive=True)]:
                try:
                    total += process.memory_info().rss
                except psutil.Error:  # it has just ended
                    continue
            self.bytes = max(self.bytes, total)
            time.sleep(0.5)


def panic3d(*arguments: object, fine: tuple[int, ...] = (0,)) -> None:
    """Runs one command of the project; its output goes to the user. Stops the demo where it fails."""
    words = [str(argument) for argument in arguments]
    print(f"\n$ panic3d {shlex.join(words)}", flush=True)
    code = subprocess.run([sys.executable, "-m", "panic3d", *words]).returncode
    if code not in fine:
        sys.exit(f"demo: stopped, because that command ended with exit code {code}")


def records(data: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (data / "manifest.jsonl").read_text().splitlines()]


def render(avatars: Path, data: Path) -> int:
    """Renders the training views and gives the number of usable avatars."""
    panic3d("render", avatars, "--out", data, "--rig", "ortho5", "--size", 256, fine=(0, 1, 3))
    return sum(record["status"] == "ok" for record in records(data)) if (data / "manifest.jsonl").exists() else 0


def held_out_files(data: Path) -> list[str]:
    test = set(json.loads((data / "dataset.json").read_text())["splits"]["test"])
    return [record["source"] for record in records(data) if record["key"] in test and record["status"] == "ok"]


def extract_portraits(suite: Path, folder: Path) -> list[Path]:
    """Writes the suite's portraits as picture files."""
    folder.mkdir(exist_ok=True)
    written = []
    for shard in sorted(suite.glob("shard-*.tar")):
        with tarfile.open(shard) as tar:
            for member in tar:
                content = tar.extractfile(member)
                if member.name.endswith(".portrait.png") and content is not None:
                    written.append(folder / member.name.replace(".portrait", ""))
                    written[-1].write_bytes(content.read())
    return written


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("demo"))
    parser.add_argument("--avatars", type=Path, help="folder of .vrm and .glb characters; generated ones if not given")
    arguments = parser.parse_args()
    start_s, memory, out = time.monotonic(), PeakMemory(), arguments.out
    out.mkdir(parents=True, exist_ok=True)

    panic3d("weights", "fetch", fine=(0, 1))
    kind, avatars, data = "given", arguments.avatars, out / "data-given"
    if avatars is not None and (usable := render(avatars, data)) < ENOUGH_AVATARS:
        print(f"demo: only {usable} usable avatars in {avatars}, {ENOUGH_AVATARS} are needed: generated ones instead")
        avatars = None
    if avatars is None:
        kind, avatars, data = "generated", out / "avatars", out / "data"
        if not (avatars / "labels.jsonl").exists():
            panic3d("synth", "--count", AVATARS, "--seed", 1, "--out", avatars)
        render(avatars, data)
    panic3d("dataset", "split", data, "--test", HELD_OUT_SHARE[kind])
    panic3d("dataset", "inspect", data, "--sheet", data / "sheet.png", "--limit", 24)

    run, suite, results = out / f"run-{kind}", out / f"suite-{kind}", out / f"results-{kind}"
    if not (run / "weights.safetensors").exists():
        resume = ["--resume"] if (run / "config.yaml").exists() else ["--preset", "small"]
        panic3d("train", "reconstructor", "--data", data, "--out", run, *resume, "--set", f"minutes={TRAIN_MINUTES}")
    panic3d("benchmark", "build", *held_out_files(data), "--out", suite)
    portraits = extract_portraits(suite, out / "portraits")
    framed = ("--no-align", "--no-line-removal")  # front renders already
    panic3d(
        "reconstruct",
        *portraits,
        "--out",
        out / "heads",
        "--method",
        "panic3d",
        "--weights",
        run / "weights.safetensors",
        *framed,
    )
    methods = [f"panic3d={run / 'weights.safetensors'}", *(f"{name}={data}" for name in METHODS_FITTED_ON_DATA)]
    panic3d(
        "benchmark", "run", "--suite", suite, *(word for m in methods for word in ("--method", m)), "--out", results
    )
    panic3d("benchmark", "report", results, "--out", out / "report")

    print((out / "report" / "leaderboard.md").read_text())
    minutes, peak_gb = (time.monotonic() - start_s) / 60, memory.bytes / 2**30
    print(f"heads   {out / 'heads'}  (GLB files, and a strip of views each)")
    print(f"report  {(out / 'report').resolve() / 'leaderboard.html'}  (open it in a browser)")
    print(f"demo: {minutes:.1f} minutes, peak resident memory of all its processes {peak_gb:.1f} GB")


if __name__ == "__main__":
    main()
