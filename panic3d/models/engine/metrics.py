"""The metrics of a run: lines of metrics.jsonl, and TensorBoard's event files where they are switched on."""

import json
from pathlib import Path
from typing import Any

from panic3d.models.engine.checkpoint import METRICS
from panic3d.runtime.extras import make_missing_library_error
from panic3d.runtime.files import append_line, write_atomically


class MetricsLog:
    """Writes records, each with the step it belongs to."""

    def __init__(self, run: Path, tensorboard: bool = False, step: int = 0) -> None:
        """Open the run folder's file to continue after `step`, the step of the state that the run starts from.

        Records of later steps are removed: a run that was killed takes those steps again. Raises UserError if
        TensorBoard is wanted and not installed.
        """
        self.path = run / METRICS
        remove_later_records(self.path, step)
        self.board = open_tensorboard(run, step) if tensorboard else None

    def write(self, record: dict[str, Any]) -> None:
        """Append one line; every number but `step` becomes a curve of TensorBoard too."""
        append_line(self.path, json.dumps(record).encode() + b"\n")
        if self.board is not None:
            for name in record.keys() - {"step"}:
                self.board.add_scalar(name, record[name], record["step"])
            self.board.flush()


def remove_later_records(path: Path, step: int) -> None:
    """Remove the records after a step from a file of metrics, and a line that was cut off; no file is no error."""
    if not path.is_file():
        return
    lines = path.read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if _is_record_until(line, step)]
    if kept != lines:
        write_atomically(path, b"".join(kept))


def _is_record_until(line: bytes, step: int) -> bool:
    try:
        return line.endswith(b"\n") and json.loads(line)["step"] <= step
    except (ValueError, KeyError, TypeError):
        return False  # a kill or a full disk left half a line


def open_tensorboard(run: Path, step: int = 0) -> Any:
    """Return TensorBoard's writer, which hides what was logged after `step`.

    Raises UserError if the extra is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise make_missing_library_error("tensorboard", "tensorboard=true") from error
    return SummaryWriter(str(run / "tensorboard"), purge_step=step + 1)
