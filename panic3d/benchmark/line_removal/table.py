"""The paper's Table 4: removers side by side, as Markdown and CSV."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from panic3d.benchmark.line_removal.results import LineRemovalResult
from panic3d.benchmark.line_removal.scoring import COLUMNS, LOWER_IS_BETTER
from panic3d.benchmark.metrics.mean_interval import MeanInterval

UNRANKED_COLUMNS = ("seconds", "face_changed")
DIFFERENCE_COLUMNS = ("psnr_near", "lpips_near")


def write_table(results: Sequence[LineRemovalResult], out: Path) -> str:
    """`lines.md` and `lines.csv`; gives the Markdown."""
    text = format_markdown(results)
    (out / "lines.md").write_text(text)
    build_frame(results).to_csv(out / "lines.csv", index=False)
    return text


def build_frame(results: Sequence[LineRemovalResult]) -> pd.DataFrame:
    """A row a remover; mean and 95% interval of each number."""
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
    """The best of each number is bold; under the table, the first remover against each other, pair by pair."""
    means = {(r.remover, name): r.values(name).mean() for r in results for name in COLUMNS}
    shown = [name for name in COLUMNS if any(means[r.remover, name] for r in results)]
    lines = [
        f"{results[0].suite['name']}, {len(results[0].pairs)} pairs",
        "",
        "| | " + " | ".join(f"{COLUMNS[name][0]}{_format_arrow(name)}" for name in shown) + " |",
        "|---|" + "---|" * len(shown),
    ]
    for result in results:
        cells = []
        for name in shown:
            mean = means[result.remover, name]
            text = "" if mean is None else f"{mean.mean:.{COLUMNS[name][1]}f}"
            best = _find_best([m.mean for r in results if (m := means[r.remover, name])], name)
            cells.append(f"**{text}**" if mean is not None and mean.mean == best else text)
        lines.append(f"| {result.remover} | " + " | ".join(cells) + " |")
    first = results[0]
    for name in DIFFERENCE_COLUMNS:
        heading, digits = COLUMNS[name]
        told = [
            f"{other.remover} {_interval(difference, digits)}"
            for other in results[1:]
            if (difference := first.values(name).difference(other.values(name))) is not None
        ]
        if told:
            lines += ["", f"{heading}, {first.remover} less each other, mean and 95% interval: {'; '.join(told)}."]
    return "\n".join(lines) + "\n"


def _format_arrow(name: str) -> str:
    if name in UNRANKED_COLUMNS:
        return ""
    return " ↓" if name in LOWER_IS_BETTER else " ↑"


def _find_best(values: list[float], name: str) -> float | None:
    if name in UNRANKED_COLUMNS or len(values) < 2:
        return None
    return min(values) if name in LOWER_IS_BETTER else max(values)


def _interval(value: MeanInterval, digits: int) -> str:
    return f"{value.mean:+.{digits}f} [{value.low:+.{digits}f}, {value.high:+.{digits}f}]"
