"""Compare the metrics of runs with the claims, seed by seed, and format tables."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from panic3d.benchmark.ablations.claims import CLAIMS, Claim

Numbers = Mapping[str, Sequence[Mapping[str, float]]]
"""By configuration or variant, one dictionary of metrics per seed."""
Verdict = Literal["seen", "contrary", "not resolved", "not measured"]
SHOWN_COLUMNS = (
    "steps", "seconds", "chamfer_mm", "iou_left",
    "psnr_front", "psnr_left", "psnr_back", "lpips_front", "lpips_left", "lpips_back",
)  # fmt: skip
MIN_SEEDS = 2
"""A verdict needs at least this many seeds."""


def compute_gains(claim: Claim, numbers: Numbers) -> list[float]:
    """Return for each seed by how much the metric is better with the idea than without it.

    Seeds for which the metric was not measured on both sides are left out.
    """
    pairs = zip(numbers.get(claim.with_it, ()), numbers.get(claim.without_it, ()), strict=False)
    sign = 1 if claim.higher_is_better else -1
    return [sign * (a[claim.number] - b[claim.number]) for a, b in pairs if claim.number in a and claim.number in b]


def classify_claim(found: Sequence[float]) -> Verdict:
    """Return "seen" if all gains are positive, "contrary" if all are negative, each over at least two seeds."""
    if not found:
        return "not measured"
    if len(found) >= MIN_SEEDS and min(found) > 0:
        return "seen"
    return "contrary" if len(found) >= MIN_SEEDS and max(found) < 0 else "not resolved"


def compute_mean(numbers: Numbers, name: str, number: str) -> float:
    """Return the mean of a metric over the seeds of a configuration or variant; NaN without values."""
    values = [record[number] for record in numbers.get(name, ()) if number in record]
    return float(np.mean(values)) if values else float("nan")


def format_markdown(numbers: Numbers, heading: str) -> str:
    """Format a table of claims and a table of the metrics of all configurations as Markdown."""
    lines = [
        heading, "",
        "| claim | number | with | without | better by, seed by seed | verdict |", "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for claim in CLAIMS:
        found = compute_gains(claim, numbers)
        with_it, without = (
            _format_value(compute_mean(numbers, name, claim.number)) for name in (claim.with_it, claim.without_it)
        )
        each = ", ".join(f"{gain:+.3g}" for gain in found) or "-"
        arrow = "↑" if claim.higher_is_better else "↓"
        lines.append(
            f"| {claim.idea} | {claim.number} {arrow} | {with_it} | {without} | {each} | {classify_claim(found)} |"
        )
    lines += [
        "",
        "| configuration | seeds | " + " | ".join(SHOWN_COLUMNS) + " |",
        "|---" * (len(SHOWN_COLUMNS) + 2) + "|",
    ]
    for name, records in numbers.items():
        if any("chamfer_mm" in record and "psnr_front" in record for record in records):
            values = " | ".join(_format_value(compute_mean(numbers, name, number)) for number in SHOWN_COLUMNS)
            lines.append(f"| {name} | {len(records)} | {values} |")
    return "\n".join(lines) + "\n"


def _format_value(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.4g}"


def format_claims_csv(numbers: Numbers) -> str:
    """Return the CSV table with one row per claim and seed."""
    rows = [
        (c.idea, c.number, c.with_it, c.without_it, seed, gain, classify_claim(compute_gains(c, numbers)))
        for c in CLAIMS
        for seed, gain in enumerate(compute_gains(c, numbers))
    ]
    return _format_csv(("claim", "number", "with", "without", "seed", "better_by", "verdict"), rows)


def format_runs_csv(numbers: Numbers) -> str:
    """Return the CSV table with one row per configuration, seed and metric."""
    rows = [
        (name, seed, number, value)
        for name, records in numbers.items()
        for seed, record in enumerate(records)
        for number, value in sorted(record.items())
    ]
    return _format_csv(("configuration", "seed", "number", "value"), rows)


def _format_csv(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([header, *rows])
    return buffer.getvalue()
