"""Read and write prediction files (docs/reference/formats.md)."""

import hashlib
import io
import warnings
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypedDict

import numpy as np
import trimesh
from jaxtyping import Float32, Float64, UInt8

from panic3d.benchmark.metrics.surface import TriangleSurface
from panic3d.benchmark.suites.suite import VIEWS
from panic3d.cameras.axes import BOX_SIDE_M, IMAGE_SIZE
from panic3d.cameras.compositing import composite_on_white
from panic3d.cameras.rigs import make_view_camera
from panic3d.geometry.glb import encode_glb
from panic3d.models.method import Reconstruction
from panic3d.runtime.errors import UserError
from panic3d.runtime.files import write_atomically
from panic3d.runtime.pictures import open_picture
from panic3d.runtime.records import parse_json
from panic3d.runtime.regular_files import UnsuitableFile, read_file
from panic3d.shards.schema import encode_png

Quantisation = Literal["rounded", "truncated"]
MIN_SIZE_M, MAX_SIZE_M, OUTERMOST_SHARE = 0.01, 3.5, 0.05
"""Sizes of a mesh that only another unit of length explains; the share of the vertices at either end of each axis does
not count."""
METHOD_FILE = "method.json"
FILES = (*(f"{view}.png" for view in VIEWS), "mesh.glb")


class MethodRecord(TypedDict, total=False):
    """The entries of `method.json` that are used; other entries are kept."""

    name: str | None
    input: str | None
    weights_sha256: str | None
    notes: str
    bound: bool


class PredictionError(Exception):
    """A prediction cannot be scored; the message names the file and the reason."""


class Prediction:
    """The prediction files of one pair."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._pictures: dict[str, UInt8[np.ndarray, "512 512 4"]] = {}

    def rgba(self, view: str) -> UInt8[np.ndarray, "512 512 4"]:
        """Return the image of a view with straight alpha.

        Raises PredictionError if the file is missing, broken or of a wrong size.
        """
        if view not in self._pictures:
            self._pictures[view] = self._read_picture(f"{view}.png")
        return self._pictures[view]

    def _read_picture(self, name: str) -> UInt8[np.ndarray, "512 512 4"]:
        data = self._read_bytes(name)
        try:
            with open_picture(data) as image:
                if image.size != (IMAGE_SIZE, IMAGE_SIZE):
                    width, height = image.size
                    raise PredictionError(
                        f"{self._format_name(name)} is {width}x{height}, expected {IMAGE_SIZE}x{IMAGE_SIZE}"
                    )
                return np.asarray(image.convert("RGBA"))
        except (OSError, SyntaxError, ValueError) as error:
            raise PredictionError(f"{self._format_name(name)} is not a whole picture ({error})") from error

    def rgb(self, view: str) -> Float32[np.ndarray, "512 512 3"]:
        """Return the image of a view on white, in [0, 1]. Raises PredictionError as `rgba` does."""
        return composite_on_white(self.rgba(view))

    @cached_property
    def surface(self) -> TriangleSurface:
        """All triangles of `mesh.glb`, in metres in the head frame.

        Raises PredictionError if the file is missing or broken, contains NaN or infinite coordinates, or has a size
        that only another unit of length explains.
        """
        data = self._read_bytes("mesh.glb")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # warnings of numpy about broken files; the checks below report them
                scene = trimesh.load_scene(io.BytesIO(data), file_type="glb", process=False, skip_materials=True)
                mesh = scene.to_mesh()
        except Exception as error:  # trimesh raises many kinds of exceptions for broken files
            raise PredictionError(
                f"{self._format_name('mesh.glb')} cannot be read ({type(error).__name__}: {error})"
            ) from error
        vertices = np.asarray(mesh.vertices, np.float64).reshape(-1, 3)
        faces = np.asarray(mesh.faces, np.int64).reshape(-1, 3)
        if not np.isfinite(vertices).all():
            raise PredictionError(f"{self._format_name('mesh.glb')} holds NaN or infinite coordinates")
        if len(faces) and faces.max() >= len(vertices):
            raise PredictionError(
                f"{self._format_name('mesh.glb')} has a triangle with vertex {faces.max()} of {len(vertices)}"
            )
        if len(faces):
            self._check_size(vertices[np.unique(faces)])
        return TriangleSurface(vertices, faces)

    def _check_size(self, vertices_head_m: Float64[np.ndarray, "V 3"]) -> None:
        """Raise PredictionError if the mesh, without the outermost vertices, is no head in metres."""
        low, high = np.quantile(vertices_head_m, (OUTERMOST_SHARE, 1 - OUTERMOST_SHARE), axis=0)
        size_m = float((high - low).max())
        if not MIN_SIZE_M <= size_m <= MAX_SIZE_M:
            raise PredictionError(
                f"{self._format_name('mesh.glb')} is {size_m:.3g} m large, expected a head of some 0.3 m in a box of "
                f"{BOX_SIDE_M} m: write it in metres (millimetres are a factor of 0.001)"
            )

    @cached_property
    def sha256(self) -> str:
        """sha256 of the names and contents of all files that exist."""
        digest = hashlib.sha256()
        for name in FILES:
            path = self.folder / name
            digest.update(f"{name}:{path.is_file()}".encode())
            if path.is_file():
                digest.update(self._read_or_describe(name))
        return digest.hexdigest()

    def is_complete(self) -> bool:
        """Return whether all files exist."""
        return all((self.folder / name).is_file() for name in FILES)

    def _format_name(self, file: str) -> str:
        return f"{self.folder.name}/{file}"

    def _read_or_describe(self, file: str) -> bytes:
        """Return the bytes of a file, or why it cannot be read."""
        try:
            return self._read_bytes(file)
        except PredictionError as error:
            return str(error).encode(errors="replace")

    def _read_bytes(self, file: str) -> bytes:
        path = self.folder / file
        if not path.is_file():
            raise PredictionError(f"{self._format_name(file)} is missing")
        try:
            return read_file(path)
        except (UnsuitableFile, OSError) as error:
            raise PredictionError(f"{self._format_name(file)} is not read ({error})") from error


def write_prediction(folder: Path, reconstruction: Reconstruction, quantisation: Quantisation = "rounded") -> None:
    """Write all views as PNG on white, and then the mesh as GLB, whose file marks the folder as complete."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = reconstruction.render([make_view_camera(view) for view in VIEWS], IMAGE_SIZE)
    for view, picture in zip(VIEWS, pictures, strict=True):
        write_atomically(folder / f"{view}.png", encode_png(quantise_rgb(picture.rgb, quantisation)))
    write_atomically(folder / "mesh.glb", encode_glb(reconstruction.mesh()))


def quantise_rgb(
    rgb: Float32[np.ndarray, "H W 3"], quantisation: Quantisation = "rounded"
) -> UInt8[np.ndarray, "H W 3"]:
    """Convert colours in [0, 1] to 8 bits, rounded, or truncated as the paper's script does."""
    level = 255 * np.clip(rgb, 0, 1)
    return (np.round(level) if quantisation == "rounded" else np.floor(level)).astype(np.uint8)


def read_method_record(folder: Path) -> dict[str, Any]:
    """Read `method.json` of a predictions folder; empty if it does not exist. Raises UserError if it is broken."""
    return read_record_file(folder / METHOD_FILE)


def read_record_file(path: Path) -> dict[str, Any]:
    """Read a `method.json`, or a rank's part of it; empty if it does not exist. Raises UserError if it is broken."""
    if not path.is_file():
        return {}
    try:
        record = parse_json(read_file(path), MethodRecord)
    except (OSError, ValueError) as error:
        raise UserError(
            f"expected an object with name, input, seconds, peak_mb, notes in {path}: {error}; mend or remove it"
        ) from error
    return dict(record)
