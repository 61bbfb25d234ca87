"""The frame that benches plug into: rows of numbers, their ratio to a named peer, what was asked for.

A bench is a module of this package with a click command `command` that returns its tables. It measures its peer in
the same run, so that a busy or slow machine changes both; `BENCHES` in `__main__.py` lists it.
"""

from dataclasses import dataclass, field
from typing import Literal

from tabulate import tabulate


@dataclass(frozen=True)
class Asked:
    """A bound that a row's value, or its ratio to the peer, is to keep."""

    of: Literal["value", "ratio"]
    sign: Literal["<=", ">="]
    bound: float

    def holds(self, value: float, ratio: float | None) -> bool:
        measured = value if self.of == "value" else ratio
        if measured is None:
            return False
        return measured <= self.bound if self.sign == "<=" else measured >= self.bound

    def __str__(self) -> str:
        return f"{'ratio ' if self.of == 'ratio' else ''}{self.sign} {self.bound:g}"


@dataclass(frozen=True)
class Row:
    """One measured number."""

    name: str
    value: float
    unit: str
    asked: Asked | None = None


@dataclass(frozen=True)
class Table:
    """Rows beside the one named `peer`; rows in the peer's unit get their ratio to it."""

    title: str
    peer: str | None
    rows: list[Row]
    notes: list[str] = field(default_factory=list)

    def ratio(self, row: Row) -> float | None:
        """The row's value over the peer's; None without a peer, in another unit, or where the peer's is 0."""
        peer = next((other for other in self.rows if other.name == self.peer), None)
        if peer is None or peer.unit != row.unit or peer.value == 0:
            return None
        return row.value / peer.value

    def text(self) -> str:
        lines = []
        for row in self.rows:
            ratio = self.ratio(row)
            held = "" if row.asked is None else "yes" if row.asked.holds(row.value, ratio) else "NO"
            lines.append(
                [row.name, f"{row.value:.4g}", row.unit, "" if ratio is None else f"{ratio:.3g}", row.asked or "", held]
            )
        head = ["", "value", "unit", f"ratio to {self.peer}" if self.peer else "ratio", "asked", "held"]
        table = tabulate(lines, headers=head, disable_numparse=True, tablefmt="github")
        return "\n".join([self.title, "", table, *(["", *self.notes] if self.notes else []), ""])
