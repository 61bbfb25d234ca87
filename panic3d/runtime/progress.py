"""Progress with an estimate: a bar on a terminal, plain lines elsewhere."""

import sys
import time
from types import TracebackType

from tqdm import tqdm

PLAIN_EVERY_S = 10.0


class Progress:
    """Counts up to `total`; `step` moves on and may carry a few words about the item."""

    def __init__(self, label: str, total: int, done: int = 0) -> None:
        self.label, self.total, self.done, self.first = label, total, done, done
        self.start_s = self.said_s = time.monotonic()
        self.bar = tqdm(total=total, initial=done, desc=label, dynamic_ncols=True) if sys.stderr.isatty() else None

    def step(self, words: str = "", count: int = 1) -> None:
        self.done += count
        if self.bar is not None:
            self.bar.set_postfix_str(words, refresh=False)
            self.bar.update(count)
            return
        now_s = time.monotonic()
        if now_s - self.said_s >= PLAIN_EVERY_S or self.done == self.total:
            self.said_s = now_s
            left_s = (now_s - self.start_s) / max(1, self.done - self.first) * (self.total - self.done)
            line = f"{self.label}: {self.done}/{self.total}, {left_s:.0f} s left {words}"
            print(line.rstrip(), file=sys.stderr, flush=True)

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.bar is not None:
            self.bar.close()
