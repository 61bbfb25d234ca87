"""The heads that a sanity method uses: the training split of a dataset folder, and results kept between runs."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Float32, UInt8

from panic3d.cameras.rigs import ORTHO_ANGLES_DEG
from panic3d.datasets.cache import ArrayWriter, load_or_compute
from panic3d.runtime.errors import UserError
from panic3d.shards.archive import SampleArchive
from panic3d.shards.metadata.view_cameras import find_view_camera
from panic3d.shards.plan import DATASET_FILE
from panic3d.shards.schema import decode_depth, read_png
from panic3d.weights.catalogue import get_weights_folder


class TrainingHeads:
    """The `train` split of a dataset folder, or all of it if it has no splits."""

    def __init__(self, archive: SampleArchive) -> None:
        self.archive = archive
        self.keys = archive.keys("train" if archive.dataset.splits else None)
        if not self.keys:
            raise UserError(f"expected training heads in {archive.folder}, found no finished sample in its shards")
        members = archive.members(self.keys[0])
        self.views = tuple(view for view in ORTHO_ANGLES_DEG if f"{view}.depth.png" in members)
        """The orthographic views that the samples hold."""
        missing = {"front", "left", "back", "right"} - set(self.views)
        if missing:
            raise UserError(
                f"{archive.folder} lacks the views {', '.join(sorted(missing))}: render it with --rig ortho5"
            )

    @classmethod
    def open(cls, method: str, weights: Path | None) -> "TrainingHeads":
        """Open a dataset folder. Raises UserError if there is none."""
        if weights is None:
            raise UserError(f"'{method}' needs training heads: name a dataset folder, as in --method {method}=DATA")
        return cls(SampleArchive(weights))

    def rgba(self, key: str, view: str) -> UInt8[np.ndarray, "H W 4"]:
        return read_png(self.archive.read(key, f"{view}.rgba.png"))

    def depth_m(self, key: str, view: str) -> Float32[np.ndarray, "H W"]:
        """Return the plane depth of an orthographic view. Raises UserError if its camera is not that of its name."""
        try:
            find_view_camera(self.archive.read_meta(key), view)
        except ValueError as error:
            raise UserError(f"{self.archive.folder}: {key} cannot be used: {error}") from error
        return decode_depth(read_png(self.archive.read(key, f"{view}.depth.png")))

    def fit(self, name: str, make: Callable[["TrainingHeads"], Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
        """Return the arrays that `make` computes from these heads, once; they are kept in the weights folder."""
        identity = (self.archive.folder / DATASET_FILE).read_bytes() + "\n".join(self.keys).encode()
        sha256 = hashlib.sha256(identity).hexdigest()

        def compute(writer: ArrayWriter) -> None:
            for array_name, array in make(self).items():
                writer.write(array_name, array)

        cache = get_weights_folder() / "fits" / f"{name}-{len(self.keys)}-{sha256[:16]}"
        found = load_or_compute(cache, {"fit": name, "heads": sha256}, compute)
        return {array_name: np.array(array) for array_name, array in found.arrays.items()}
