"""The options with which an avatar file is read and brought into the head frame."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class AvatarOptions:
    """How a file is brought into the head frame."""

    facing: Literal["+z", "-z"] = "+z"
    """The axis that a plain glTF character faces. VRM and PMX files define it themselves; -z turns only a VRM whose
    arms say that it faces backwards."""
    fit: bool = True
    """Scale a file that is not a VRM so that its head fits the box with a margin of 2 cm."""
    paper_materials: bool = False
    """Materials as in the paper: alpha below 0.5 is discarded, no blending, no culling."""
    paper_clip: bool = False
    """Clipping as in the paper: geometry outside the box is invisible, but occludes what lies behind it."""
    head_bone: str | None = None
    """The name of the head bone, for files whose head has no common name (a VRM's humanoid block names it)."""
    member: str | None = None
    """Which model of a .zip with several: its path or file name in the archive; * and ? are wildcards."""
    checks: Literal["standard", "paper"] = "standard"
    """Which checks leave avatars out (`panic3d.datagen.avatars.checks`)."""
    no_check: str = ""
    """Names of checks that are skipped, separated by commas."""
