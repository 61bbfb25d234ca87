"""Compare two methods in a report: `python examples/compare_methods.py SUITE report panic3d-unet pifu`.

`panic3d benchmark build animerecon-open --out SUITE` makes a suite of 68 generated characters. A method with other
weights than the shipped ones is written as LABEL:NAME=WEIGHTS.
"""

import sys
from pathlib import Path

from panic3d import run_benchmark, write_report


def main(suite: str, out: str, *methods: str) -> None:
    results = run_benchmark(suite, methods, Path(out) / "results", pairs=8)
    first, second = (result.average("chamfer_mm") for result in results[:2])
    if first and second:
        print(f"chamfer distance: {first.mean:.2f} mm and {second.mean:.2f} mm over {first.count} pairs")
    print("report:", write_report(results, Path(out) / "report"))


if __name__ == "__main__":
    main(*sys.argv[1:])
