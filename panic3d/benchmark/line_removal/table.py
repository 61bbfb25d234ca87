"""Compare line removers in a table as Markdown and CSV, like Table 4 of the paper."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from panic3d.benchmark.line_removal.results import LineRemovalResult
from panic3d.benchmark.line_removal.scoring import COLUMNS, LOWER_IS_BETTER
from panic3d.runtime.files import write_atomically

UNRANKED_COLUMNS = ("seconds", "face_changed")
"""Columns without a best value."""
DIFFERENCE_COLUMNS = ("psnr_near", "lpips_near")
"""Columns whose paired differences stand below the table."""


def write_table(results: Sequence[LineRemovalResult], out: Path) -> str:
    """Write `lines.md` and `lines.csv` into the folder `out`, and return the Markdown."""
    text = format_markdown(results)
    write_atomically(out / "lines.md", text.encode())
    write_atomically(out / "lines.csv", build_frame(results).to_csv(index=False).encode())
    return text


def build_frame(results: Sequence[LineRemovalResult]) -> pd.DataFrame:
    """Return a frame with one row per remover: the mean and 95% interval of each column."""
    rows = []
    for result in results:
        row: dict[str, object] = {"remover": result.remover, "pairs": len(result.pairs)}
        for name in COLUMNS:
            mean = result.values(name).mean()
            if mean is not None:
                row |= {name: mean.mean, f"{name}_low": mean.low, f"{name}_high": mean.high}
        rows.append(row)
    return pd.DataFrame(rows)


def format_markdown(results: Sequence[LineRemovalResult]) -> str:
    """Format the table with the best of each column in bold, and the differences of the first remover from others."""
    means = {(r.remover, name): r.values(name).mean() for r in results for name in COLUMNS}
    names = [name for name in COLUMNS if any(means[r.remover, name] for r in results)]
    lines = [
        f"{results[0].suite['name']}, {len(results[0].pairs)} pairs",
        "",
        "| | " + " | ".join(f"{COLUMNS[name][0]}{_format_arrow(name)}" for name in names) + " |",
        "|---|" + "---|" * len(names),
    ]
    for result in results:
        cells = []
        for name in names:
            mean = means[result.remover, name]
            text = "" if mean is None else f"{mean.mean:.{COLUMNS[name][1]}f}"
            best = _find_best([m.mean for r in results if (m := means[r.remover, name])], name)
            cells.append(f"**{text}**" if mean is not None and mean.mean == best else text)
        lines.append(f"| {result.remover} | " + " | ".join(cells) + " |")
    first = results[0]
    for name in DIFFERENCE_COLUMNS:
        heading, digits = COLUMNS[name]
        differences = [
            f"{other.remover} {difference.format(f'+.{digits}f')}"
            for other in results[1:]
            if (difference := first.values(name).difference(other.values(name))) is not None
        ]
        if differences:
            words = f"{heading}, {first.remover} less each other, mean and 95% interval"
            lines += ["", f"{words}: {'; '.join(differences)}."]
    return "\n".join(lines) + "\n"


def _format_arrow(name: str) -> str:
    if name in UNRANKED_COLUMNS:
        return ""
    return " ↓" if name in LOWER_IS_BETTER else " ↑"


def _find_best(values: list[float], name: str) -> float | None:
    if name in UNRANKED_COLUMNS or len(values) < 2:
        return None
    return min(values) if name in LOWER_IS_BETTER else max(values)
