"""Progress with an estimate of the time left: a bar on a terminal, plain lines elsewhere."""

import sys
import time
from types import TracebackType

from tqdm import tqdm

from panic3d.runtime.sentences import shorten_sentence

PLAIN_LINE_INTERVAL_S = 10.0
DESCRIPTION_CHARS = 80


class Progress:
    """Counts items up to `total`; `step` counts on and may describe the item in a few words."""

    def __init__(self, label: str, total: int, done: int = 0) -> None:
        """`done`: the items that an earlier run has finished, which the estimate leaves out."""
        self.label, self.total, self.done, self.done_at_start = label, total, done, done
        self.start_s = self.last_line_s = time.monotonic()
        self.bar = tqdm(total=total, initial=done, desc=label, dynamic_ncols=True) if sys.stderr.isatty() else None

    def step(self, description: str = "", count: int = 1) -> None:
        """Count `count` items as done. Without a terminal a line is written every 10 seconds and at the end."""
        self.done += count
        description = shorten_sentence(description, DESCRIPTION_CHARS)
        if self.bar is not None:
            self.bar.set_postfix_str(description, refresh=False)
            self.bar.update(count)
            return
        now_s = time.monotonic()
        if now_s - self.last_line_s >= PLAIN_LINE_INTERVAL_S or self.done == self.total:
            self.last_line_s = now_s
            left_s = (now_s - self.start_s) / max(1, self.done - self.done_at_start) * (self.total - self.done)
            line = f"{self.label}: {self.done}/{self.total}, {left_s:.0f} s left {description}"
            print(line.rstrip(), file=sys.stderr, flush=True)

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.bar is not None:
            self.bar.close()
