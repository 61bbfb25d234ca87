"""The metrics of a run: lines of metrics.jsonl, and TensorBoard's event files where they are switched on."""

import json
from pathlib import Path
from typing import Any

from panic3d.models.engine.checkpoint import METRICS
from panic3d.runtime.extras import make_missing_library_error


class MetricsLog:
    """Writes records, each with the step it belongs to."""

    def __init__(self, run: Path, tensorboard: bool = False) -> None:
        """Append to the run folder's file. Raises UserError if TensorBoard is wanted and not installed."""
        self.path = run / METRICS
        self.board = open_tensorboard(run) if tensorboard else None

    def write(self, record: dict[str, Any]) -> None:
        """Append one line; every number but `step` becomes a curve of TensorBoard too."""
        with self.path.open("a") as file:
            file.write(json.dumps(record) + "\n")
        if self.board is not None:
            for name in record.keys() - {"step"}:
                self.board.add_scalar(name, record[name], record["step"])
            self.board.flush()


def open_tensorboard(run: Path) -> Any:
    """Return TensorBoard's writer. Raises UserError if the extra is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise make_missing_library_error("tensorboard", "tensorboard=true") from error
    return SummaryWriter(str(run / "tensorboard"))
