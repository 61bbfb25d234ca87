"""A package of somebody else as `pip` leaves it: modules beside a `dist-info` folder with entry points."""

from collections.abc import Mapping
from pathlib import Path


def write_installed_package(
    folder: Path, name: str, modules: Mapping[str, str], entry_points: Mapping[str, Mapping[str, str]]
) -> None:
    """Write the modules (name to code) and the entry points (group to name to `module:attribute`) of a package."""
    for module, code in modules.items():
        (folder / f"{module}.py").write_text(code)
    information = folder / f"{name}-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = []
    for group, points in entry_points.items():
        lines += [f"[{group}]", *(f"{point} = {place}" for point, place in points.items())]
    (information / "entry_points.txt").write_text("\n".join(lines) + "\n")
