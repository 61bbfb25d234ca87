"""Tables of measured numbers: their ratio to a named peer, and the targets that they should meet.

A benchmark is a module of this package with a click command `command` that returns its tables. It measures its peer in
the same run, so that a busy or slow machine changes both. `BENCHMARKS` in `__main__.py` lists it.
"""

from dataclasses import dataclass, field
from typing import Literal

from tabulate import tabulate


@dataclass(frozen=True)
class Target:
    """A bound that a row's value, or its ratio to the peer, should keep."""

    of: Literal["value", "ratio"]
    sign: Literal["<=", ">="]
    bound: float
    source: str
    """Where the bound comes from; printed below the table."""
    other_machine: bool = False
    """Whether it derives from times that were measured on another machine; the table then marks it."""

    def is_met(self, value: float, ratio: float | None) -> bool:
        """Return whether the bound is kept; False where a ratio is needed and could not be taken."""
        measured = value if self.of == "value" else ratio
        if measured is None:
            return False
        return measured <= self.bound if self.sign == "<=" else measured >= self.bound

    def __str__(self) -> str:
        mark = " (other machine)" if self.other_machine else ""
        return f"{'ratio ' if self.of == 'ratio' else ''}{self.sign} {self.bound:g}{mark}"


@dataclass(frozen=True)
class Row:
    """One measured number."""

    name: str
    value: float
    unit: str
    target: Target | None = None


@dataclass(frozen=True)
class Table:
    """Rows with their ratio to the row named `peer`, which is taken only of rows in the peer's unit."""

    title: str
    peer: str | None
    rows: list[Row]
    notes: list[str] = field(default_factory=list)

    def ratio(self, row: Row) -> float | None:
        """Return the row's value over the peer's; None without a peer, in another unit, or where the peer's is 0."""
        peer = next((other for other in self.rows if other.name == self.peer), None)
        if peer is None or peer.unit != row.unit or peer.value == 0:
            return None
        return row.value / peer.value

    def format(self) -> str:
        """Return the title, the table in Markdown, the sources of its targets and its notes."""
        lines: list[list[object]] = []
        sources: dict[str, str] = {}
        for row in self.rows:
            ratio, target = self.ratio(row), row.target
            met = "" if target is None else "yes" if target.is_met(row.value, ratio) else "NO"
            if target is not None:
                sources.setdefault(target.source, row.name)
            shown = "" if ratio is None else f"{ratio:.3g}"
            lines.append([row.name, f"{row.value:.4g}", row.unit, shown, target or "", met])
        head = ["", "value", "unit", f"ratio to {self.peer}" if self.peer else "ratio", "target", "met"]
        table = tabulate(lines, headers=head, disable_numparse=True, tablefmt="github")
        below = [*(f"Target of {name}: {source}." for source, name in sources.items()), *self.notes]
        return "\n".join([self.title, "", table, *(["", *below] if below else []), ""])
