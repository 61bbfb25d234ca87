"""Files of a sample: encodings, keys, manifest."""

import io
import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pygltflib
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from skimage import color

from panic3d.cameras.colour import linear_from_srgb, srgb_from_linear
from panic3d.geometry.glb import encode_glb
from panic3d.geometry.mesh import ColouredMesh
from panic3d.runtime.errors import UserError
from panic3d.shards.builder import DatasetBuilder, DatasetSettings
from panic3d.shards.executors import InProcessExecutor, SampleError, SampleJob
from panic3d.shards.manifest import Manifest, ManifestRecord
from panic3d.shards.plan import DatasetInfo, load_dataset_info
from panic3d.shards.schema import (
    decode_depth,
    decode_normal,
    encode_depth,
    encode_json,
    encode_normal,
    encode_png,
    make_source_key,
    read_png,
)


@given(st.floats(0.5, 1.5))
def test_depth_survives_within_half_a_quantum(depth_m: float) -> None:
    code = encode_depth(np.array([[depth_m]]))
    assert code[0, 0] == 1 + round((depth_m - 0.5) * 65534)
    assert abs(float(decode_depth(code)[0, 0]) - depth_m) <= 0.5 / 65534 + 1e-7


def test_no_surface_is_zero_and_comes_back_as_nan() -> None:
    code = encode_depth(np.array([[np.nan, np.inf, 0.49, 1.51, 0.5, 1.5]]))
    assert code.tolist() == [[0, 0, 0, 0, 1, 65535]]
    assert np.isnan(decode_depth(code)[0, :4]).all()


def test_16_bit_png_is_read_by_others(tmp_path: Path) -> None:
    code = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    (tmp_path / "a.png").write_bytes(encode_png(code))
    assert "16-bit grayscale" in subprocess.run(["file", tmp_path / "a.png"], capture_output=True, text=True).stdout
    assert (np.asarray(Image.open(tmp_path / "a.png")) == code).all()
    assert read_png(encode_png(code)).dtype == np.uint16


def test_normals_are_16_bit_rgb_that_others_read(tmp_path: Path) -> None:
    normal = np.random.default_rng(0).normal(size=(32, 48, 3))
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    normal[0, 0] = 0
    code = encode_normal(normal)
    assert (code[1, 2] == np.round((normal[1, 2] + 1) / 2 * 65535)).all() and not code[0, 0].any()
    (tmp_path / "a.png").write_bytes(encode_png(code))
    file = subprocess.run(["file", tmp_path / "a.png"], capture_output=True, text=True).stdout
    assert "48 x 32, 16-bit/color RGB" in file
    with Image.open(tmp_path / "a.png") as others:  # Pillow gives the upper bytes, in the same channel order
        assert (np.asarray(others) == code >> 8).all()
    read = read_png((tmp_path / "a.png").read_bytes())
    assert read.dtype == np.uint16 and (read == code).all()
    assert np.abs(decode_normal(read) - normal).max() <= 1 / 65535 + 1e-6 and not decode_normal(read)[0, 0].any()
    with pytest.raises(OSError, match="16-bit RGB"):
        read_png((tmp_path / "a.png").read_bytes()[:60])


def test_keys_are_plain_and_depend_on_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "Ünity-Chan v1.2 (final).VRM"
    path.write_bytes(b"abc")  # sha256 ba7816bf...
    assert make_source_key(path) == "_nity-chan_v1_2__final_-ba7816bf"


def test_manifest_keeps_the_last_line_of_a_key_and_drops_a_cut_one(tmp_path: Path) -> None:
    path = tmp_path / "manifest.jsonl"
    manifest = Manifest(path)
    manifest.append(ManifestRecord("b", "b.vrm", "failed", "why"))
    manifest.append(ManifestRecord("a", "a.vrm", "ok"))
    manifest.append(ManifestRecord("b", "b.vrm", "ok", attempts=2))
    path.write_text(path.read_text() + '{"key": "c", "sour')
    again = Manifest(path)
    assert sorted(again.records) == ["a", "b"] and again.records["b"].status == "ok"
    assert len(path.read_text().splitlines()) == 4, "reading changes nothing: somebody may be writing"
    again.compact()
    assert len(path.read_text().splitlines()) == 2


ODD_NAMES = ["\ud800.png", os.fsdecode("初音.vrm".encode("shift-jis")), "a\u2028b\x85c\x0b.vrm", "\\ud800", "é\n"]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_survive_in_the_manifest(tmp_path: Path, name: str) -> None:
    path = tmp_path / "manifest.jsonl"
    record = ManifestRecord("key", name, "failed", f"{name} is missing")
    Manifest(path).append(record)
    assert Manifest(path).records == {"key": record}
    Manifest(path).compact()
    assert Manifest(path).records == {"key": record}
    assert json.loads(path.read_text(encoding="utf-8"))["source"] == name
    assert json.loads(encode_json({"source": name})) == {"source": name}


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_stop_no_dataset(tmp_path: Path, name: str) -> None:
    def make_members(job: SampleJob) -> dict[str, bytes]:
        if job.key == "bad":
            raise SampleError(f"{name} is missing")
        return {"meta.json": encode_json({"source": job.source, "title": name, "views": {}})}

    sources = {"bad": name, "good": name}
    builder = DatasetBuilder(tmp_path / "D", DatasetSettings("ortho4", 64, "none", {}))
    for _ in range(2):
        manifest = builder.build(sources, lambda count: InProcessExecutor(make_members))
        assert [record.status for record in manifest.records.values()] == ["failed", "ok"]
    assert list(pd.read_parquet(tmp_path / "D" / "index.parquet").key) == ["bad", "good"]


def test_added_avatars_form_new_groups() -> None:
    dataset = DatasetInfo("ortho5", 512, "cycles", {}, {}, per_shard=2)
    dataset.extend(["c", "a", "b"])
    dataset.extend(["d", "a"])
    assert dataset.plan == [["a", "b"], ["c"], ["d"]]


def test_a_newer_schema_is_refused_with_a_sentence(tmp_path: Path) -> None:
    dataset = DatasetInfo("ortho5", 512, "cycles", {}, {}, per_shard=2, schema=99)
    dataset.save(tmp_path)
    with pytest.raises(UserError, match="schema 99, newer than"):
        load_dataset_info(tmp_path)


def test_srgb_against_scikit_image() -> None:
    encoded = np.random.default_rng(0).random((64, 1, 3))
    xyz = color.rgb2xyz(encoded)
    assert np.allclose(linear_from_srgb(encoded) @ color.colorconv.xyz_from_rgb.T, xyz, atol=1e-6)
    assert np.allclose(srgb_from_linear(linear_from_srgb(encoded)), encoded, atol=1e-6)


def test_mesh_glb_is_read_by_trimesh_with_linear_colours() -> None:
    sphere = trimesh.creation.icosphere(1, 0.1)
    colours = np.random.default_rng(0).integers(0, 256, (len(sphere.vertices), 3), np.uint8)
    data = encode_glb(ColouredMesh(sphere.vertices, sphere.faces, colours))
    read = trimesh.load(io.BytesIO(data), file_type="glb", process=False).to_mesh()
    assert np.allclose(read.vertices, sphere.vertices, atol=1e-6)
    assert read.is_watertight and read.volume == pytest.approx(sphere.volume, rel=1e-4)
    model = pygltflib.GLTF2().load_from_bytes(data)
    accessor = model.accessors[model.meshes[0].primitives[0].attributes.COLOR_0]
    start, count = model.bufferViews[accessor.bufferView].byteOffset, accessor.count * 4
    stored = np.frombuffer(model.binary_blob(), "<u2", count, start).reshape(-1, 4)
    assert np.allclose(stored[:, :3] / 65535, linear_from_srgb(colours / 255), atol=1e-4)
