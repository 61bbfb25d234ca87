"""The points of `render --points` as a trainer draws them: who is inside, by winding number."""

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from panic3d.datasets.reader import shards_of
from panic3d.runtime.errors import UserError
from panic3d.shards.tar import ShardMember, list_complete_samples

MEMBER = "points.npz"


@dataclass(frozen=True)
class PointFiles:
    """Where each character's points lie in the shards."""

    places: dict[str, tuple[Path, ShardMember]]

    @classmethod
    def find(cls, folder: Path, keys: Sequence[str]) -> "PointFiles | None":
        """None unless every one of the characters has points."""
        wanted = set(keys)
        found: dict[str, tuple[Path, ShardMember]] = {}
        for shard in shards_of(folder):
            for key, members in list_complete_samples(shard)[0].items():
                points = [entry for entry in members if entry.name == MEMBER]
                if points and key in wanted:
                    found[key] = shard, points[0]
        return cls(found) if wanted <= found.keys() else None

    def draw(
        self,
        keys: Sequence[str],
        mirrored: Sequence[bool],
        uniform_u: Float[Tensor, "B U"],
        near_u: Float[Tensor, "B N"],
    ) -> tuple[Float[Tensor, "B P 3"], Bool[Tensor, "B P"]]:
        """Of each character U points of the box and then N near the surface: head frame, and who is inside.

        The numbers in [0, 1) choose among those that there are, of which the first half is uniform in the box.
        """
        xyz, inside = [], []
        for row, (key, flipped) in enumerate(zip(keys, mirrored, strict=True)):
            own_xyz, own_inside = self._read(key)
            half = len(own_xyz) // 2
            uniform = (uniform_u[row] * half).long()
            near = half + (near_u[row] * (len(own_xyz) - half)).long()
            chosen = torch.cat([uniform, near]).numpy()
            xyz.append(own_xyz[chosen] * ([-1, 1, 1] if flipped else [1, 1, 1]))
            inside.append(own_inside[chosen])
        return torch.from_numpy(np.stack(xyz)).float(), torch.from_numpy(np.stack(inside)).bool()

    def _read(self, key: str) -> tuple[Float[np.ndarray, "N 3"], Bool[np.ndarray, "N"]]:
        shard, entry = self.places[key]
        with shard.open("rb") as file:
            data = os.pread(file.fileno(), entry.size, entry.offset)
        try:
            with np.load(io.BytesIO(data)) as arrays:
                return arrays["xyz"], arrays["inside"] > 0
        except (OSError, ValueError, KeyError) as error:
            raise UserError(f"{shard.name}: {key}.{MEMBER} cannot be read: render {key} again with --points") from error
