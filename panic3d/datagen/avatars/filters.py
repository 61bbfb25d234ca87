"""Named checks that leave an avatar out (`skipped`, with the reason). Each can be turned off.

The paper kept 70% of its VRoid models; its filters and their numbers are the level `paper`. The level `standard` asks
no more than what makes a sample of any use.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from panic3d.cameras.view import View
from panic3d.datagen.avatars.character.posed import Character
from panic3d.datagen.avatars.files.errors import AvatarSkipped
from panic3d.runtime.errors import WrongUsage

NAMES = ("humanoid", "bounds", "opaque")
BOUNDS_M = np.array([[-1.0, -0.1, -0.75], [1.0, 2.0, 0.5]])
"""Where every mesh must lie: metres from the file's origin, facing +z (the paper's numbers, turned from VRM 0.x)."""
OPAQUE_SHARE = (4 / 16, 12 / 16)
"""Between these lies the share of opaque pixels in each perspective view and in the front view."""
VRM = ("vrm0", "vrm1")


@dataclass(frozen=True)
class Checks:
    """Which avatars are left out."""

    level: Literal["standard", "paper"] = "standard"
    off: str = ""
    """Names of checks that are not made, joined by commas."""

    def __post_init__(self) -> None:
        for name in filter(None, self.off.split(",")):
            if name not in NAMES:
                raise WrongUsage(f"unknown check '{name}': choose from {', '.join(NAMES)}")

    def on(self, name: str) -> bool:
        return name not in self.off.split(",")

    def character(self, character: Character) -> None:
        """`humanoid` and `bounds`: AvatarSkipped says what was asked for and what was found.

        The standard level asks it of VRM files alone: they say which bone is the head, and are never scaled.
        """
        paper = self.level == "paper"
        if self.on("humanoid") and (paper or character.kind in VRM):
            missing = [bone for bone in (("head", "neck") if paper else ("head",)) if bone not in character.bones]
            if missing:
                raise AvatarSkipped(f"check humanoid: the file names no {' and no '.join(missing)} bone")
        if self.on("bounds") and (paper or character.kind in VRM):
            xyz = [surface.xyz_head_m[surface.triangles].reshape(-1, 3) for surface in character.surfaces]
            low, high = (np.array([f(part, axis=0) for part in xyz]) for f in (np.min, np.max))
            found = np.stack([low.min(axis=0), high.max(axis=0)])
            if (found[0] < BOUNDS_M[0]).any() or (found[1] > BOUNDS_M[1]).any():
                raise AvatarSkipped(f"check bounds: meshes reach {_spans(found)}, outside of {_spans(BOUNDS_M)} m")

    def views(self, views: Mapping[str, View]) -> None:
        """`opaque`: AvatarSkipped where nothing is to be seen, or (paper) a view is too empty or too full."""
        if not self.on("opaque"):
            return
        shares = {name: float((view.rgba[..., 3] >= 128).mean()) for name, view in views.items()}
        if not any(shares.values()):
            raise AvatarSkipped("check opaque: not one opaque pixel in any view")
        if self.level == "paper":
            low, high = OPAQUE_SHARE
            for name, share in shares.items():
                if (name == "front" or name.startswith(("persp", "spin", "cam"))) and not low < share < high:
                    raise AvatarSkipped(
                        f"check opaque: {share:.1%} of {name} is opaque, not between {low:.0%} and {high:.0%}"
                    )


def _spans(bounds_m: np.ndarray) -> str:
    return ", ".join(
        f"{axis} {low:.2f} to {high:.2f}" for axis, low, high in zip("xyz", *bounds_m.tolist(), strict=True)
    )
