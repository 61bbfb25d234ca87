"""Random points of characters with their occupancy, from the members that `render --points` makes."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from panic3d.datasets.reader import list_shards
from panic3d.runtime.errors import UserError
from panic3d.shards.points import POINTS_MEMBER, decode_points, describe_damaged_points
from panic3d.shards.tar import ShardMember, list_complete_samples


@dataclass(frozen=True)
class PointSampler:
    """Samples points of characters. Knows where the points of each lie in the shards."""

    places: dict[str, tuple[Path, ShardMember]]

    @classmethod
    def open(cls, folder: Path, keys: Sequence[str]) -> "PointSampler | None":
        """Find the points of some characters in a dataset folder. Returns None unless all of them have points."""
        wanted = set(keys)
        found: dict[str, tuple[Path, ShardMember]] = {}
        for shard in list_shards(folder):
            for key, members in list_complete_samples(shard)[0].items():
                points = [member for member in members if member.name == POINTS_MEMBER]
                if points and key in wanted:
                    found[key] = shard, points[0]
        return cls(found) if wanted <= found.keys() else None

    def sample(
        self,
        keys: Sequence[str],
        mirrored: Sequence[bool],
        uniform_u: Float[Tensor, "B U"],
        near_u: Float[Tensor, "B N"],
    ) -> tuple[Float[Tensor, "B P 3"], Bool[Tensor, "B P"]]:
        """Sample U points of the box, then N near the surface, of each character: head frame, and whether inside.

        Random numbers in [0, 1) choose among the stored points, of which the first half is uniform in the box. Raises
        UserError where the points of a character cannot be read.
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
        shard, member = self.places[key]
        with shard.open("rb") as file:
            data = os.pread(file.fileno(), member.size, member.offset)
        try:
            arrays = decode_points(data)
        except ValueError as error:
            raise UserError(f"{shard.name}: {describe_damaged_points(key, error)}") from error
        return arrays["xyz"], arrays["inside"] > 0
