"""Named checks that leave an avatar out (status `skipped`, with the reason). Each of them can be turned off.

The paper kept 70% of its VRoid models; the level `paper` applies its filters with its numbers. The level `standard`
requires only what a useful sample needs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from panic3d.cameras.view import View
from panic3d.datagen.avatars.character.posed import PosedCharacter
from panic3d.datagen.avatars.files.errors import AvatarSkipped
from panic3d.runtime.errors import WrongUsage

CHECK_NAMES = ("humanoid", "facing", "bounds", "opaque")
BOUNDS_M = np.array([[-1.0, -0.1, -0.75], [1.0, 2.0, 0.5]])
"""Bounds of every mesh, in metres from the file's origin, facing +z (the paper's numbers, converted from VRM 0.x)."""
OPAQUE_SHARE = (4 / 16, 12 / 16)
"""Limits of the share of opaque pixels in each perspective view and in the front view."""
OPAQUE_VIEW_PREFIXES = ("persp", "spin", "cam")
VRM_KINDS = ("vrm0", "vrm1")


@dataclass(frozen=True)
class AvatarChecks:
    """The checks of one level, without those that are turned off.

    Raises WrongUsage where `off` names an unknown check.
    """

    level: Literal["standard", "paper"] = "standard"
    off: str = ""
    """Names of checks that are skipped, separated by commas."""

    def __post_init__(self) -> None:
        for name in filter(None, self.off.split(",")):
            if name not in CHECK_NAMES:
                raise WrongUsage(f"unknown check '{name}': choose from {', '.join(CHECK_NAMES)}")

    def is_enabled(self, name: str) -> bool:
        """Return whether the check is made."""
        return name not in self.off.split(",")

    def check_character(self, character: PosedCharacter) -> None:
        """Make the checks `humanoid`, `facing` and `bounds`.

        The standard level makes them for VRM files alone, which name their head bone and are never scaled. The paper
        had no check `facing`. Raises AvatarSkipped with the requirement and the value that was found.
        """
        paper = self.level == "paper"
        if self.is_enabled("humanoid") and (paper or character.kind in VRM_KINDS):
            missing = [bone for bone in (("head", "neck") if paper else ("head",)) if bone not in character.bones]
            if missing:
                raise AvatarSkipped(f"check humanoid: the file names no {' and no '.join(missing)} bone")
        if self.is_enabled("facing") and not paper and character.backwards:
            raise AvatarSkipped(
                "check facing: the left arm lies on the right side, so the character faces backwards: --facing -z "
                "turns it, --no-check facing renders it as it is"
            )
        if self.is_enabled("bounds") and (paper or character.kind in VRM_KINDS):
            xyz = [surface.xyz_head_m[surface.triangles].reshape(-1, 3) for surface in character.surfaces]
            low, high = (np.array([f(part, axis=0) for part in xyz]) for f in (np.min, np.max))
            found = np.stack([low.min(axis=0), high.max(axis=0)])
            if (found[0] < BOUNDS_M[0]).any() or (found[1] > BOUNDS_M[1]).any():
                raise AvatarSkipped(
                    f"check bounds: meshes reach {_format_bounds(found)}, outside of {_format_bounds(BOUNDS_M)} m"
                )

    def check_views(self, views: Mapping[str, View]) -> None:
        """Make the check `opaque` on rendered views by name.

        Raises AvatarSkipped where no view shows an opaque pixel, or (level `paper`) where a view is too empty or full.
        """
        if not self.is_enabled("opaque"):
            return
        shares = {name: float((view.rgba[..., 3] >= 128).mean()) for name, view in views.items()}
        if not any(shares.values()):
            raise AvatarSkipped("check opaque: not one opaque pixel in any view")
        if self.level == "paper":
            low, high = OPAQUE_SHARE
            for name, share in shares.items():
                if (name == "front" or name.startswith(OPAQUE_VIEW_PREFIXES)) and not low < share < high:
                    raise AvatarSkipped(
                        f"check opaque: {share:.1%} of {name} is opaque, not between {low:.0%} and {high:.0%}"
                    )


def _format_bounds(bounds_m: np.ndarray) -> str:
    return ", ".join(
        f"{axis} {low:.2f} to {high:.2f}" for axis, low, high in zip("xyz", *bounds_m.tolist(), strict=True)
    )
