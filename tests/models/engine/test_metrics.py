"""The metrics of a run that was killed and continued."""

import json
from pathlib import Path

from panic3d.models.engine.metrics import MetricsLog


def write_lines(run: Path, text: str) -> None:
    (run / "metrics.jsonl").write_text(text)


def read_steps(run: Path) -> list[int]:
    return [json.loads(line)["step"] for line in (run / "metrics.jsonl").read_text().splitlines()]


def test_steps_after_the_state_are_not_in_the_file_twice(tmp_path: Path) -> None:
    write_lines(tmp_path, "".join(json.dumps({"step": step}) + "\n" for step in range(1, 6)))
    log = MetricsLog(tmp_path, step=3)
    for step in (4, 5, 6):
        log.write({"step": step})
    assert read_steps(tmp_path) == [1, 2, 3, 4, 5, 6]


def test_half_a_line_is_removed(tmp_path: Path) -> None:
    write_lines(tmp_path, '{"step": 1}\n{"step": 2, "tot')
    MetricsLog(tmp_path, step=5).write({"step": 6})
    assert read_steps(tmp_path) == [1, 6]


def test_a_run_that_starts_again_has_its_own_steps_only(tmp_path: Path) -> None:
    write_lines(tmp_path, '{"step": 1}\n{"step": 2}\n')
    MetricsLog(tmp_path).write({"step": 1})
    assert read_steps(tmp_path) == [1]
