"""Foreign pickles: tensors come out as they went in, and no payload runs, wherever it hides."""

import io
import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from panic3d.runtime.errors import UserError
from panic3d.weights.pickles import InertObject, load_tensors


class Harm:
    """Makes a file when a trusting reader opens it."""

    def __init__(self, path: Path) -> None:
        self.command = f"touch {path}"

    def __reduce__(self) -> tuple:
        return os.system, (self.command,)


TENSORS = {
    "float": torch.randn(3, 4),
    "half": torch.randn(5).half(),
    "turned": torch.randn(4, 6).t()[1:, 2:],
    "scalar": torch.tensor(2.5),
    "empty": torch.zeros(0, 3),
    "long": torch.arange(4),
    "parameter": torch.nn.Parameter(torch.randn(2, 2)),
}


def same(found: dict) -> None:
    assert found.keys() == TENSORS.keys()
    for name, tensor in TENSORS.items():
        assert torch.equal(found[name], tensor), name
        assert found[name].dtype == tensor.dtype


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_tensors_in_plain_pickles_come_back(tmp_path: Path, protocol: int) -> None:
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(TENSORS, protocol))
    same(load_tensors(tmp_path / "a.pkl"))


@pytest.mark.parametrize("as_zip", [True, False])
def test_tensors_in_checkpoints_come_back(tmp_path: Path, as_zip: bool) -> None:
    torch.save(TENSORS, tmp_path / "a.ckpt", _use_new_zipfile_serialization=as_zip)
    same(load_tensors(tmp_path / "a.ckpt"))


def test_known_classes_become_records(tmp_path: Path) -> None:
    stored: dict[str, Any] = {
        "net": torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Softplus()),
        "mean": np.arange(3.0),
    }
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(stored))
    found = load_tensors(tmp_path / "a.pkl")
    assert isinstance(found["net"], InertObject)
    assert found["net"].kind == "torch.nn.modules.container.Sequential"
    linear = found["net"].content["_modules"]["0"]
    assert torch.equal(linear.content["_parameters"]["weight"], stored["net"][0].weight)
    np.testing.assert_array_equal(found["mean"], stored["mean"])


def hidden(kind: str, harm: Harm) -> bytes:
    """A file with the payload in some corner of it."""
    buffer = io.BytesIO()
    if kind == "plain":
        return pickle.dumps({"G_ema": harm})
    if kind == "old protocol":
        return pickle.dumps({"G_ema": harm}, 0)
    if kind == "checkpoint":
        torch.save({"state_dict": {"resnet.fc.weight": harm}}, buffer)
    elif kind == "storage":  # inside the bytes of a tensor's storage
        parts: list[Any] = [0x1950A86A20F9469CFC6C, 1001, harm, None, []]
        inner = b"".join(map(pickle.dumps, parts))
        load = b"ctorch.storage\n_load_from_bytes\n"
        return b"\x80\x03" + load + b"B" + len(inner).to_bytes(4, "little") + inner + b"\x85R."
    elif kind == "state of a record":
        module: Any = torch.nn.Linear(1, 1)
        module.payload = harm
        return pickle.dumps(module)
    else:  # legacy checkpoint
        torch.save({"a": torch.zeros(1), "harm": harm}, buffer, _use_new_zipfile_serialization=False)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "kind", ["plain", "old protocol", "checkpoint", "storage", "state of a record", "legacy checkpoint"]
)
def test_a_payload_does_not_run(tmp_path: Path, kind: str) -> None:
    mark = tmp_path / "ran"
    path = tmp_path / "a.pkl"
    path.write_bytes(hidden(kind, Harm(mark)))
    with pytest.raises(UserError) as refused:
        load_tensors(path)
    assert not mark.exists()
    assert "system" in str(refused.value)


@pytest.mark.parametrize(
    "code",
    [
        b"cbuiltins\neval\n(S'1+1'\ntR.",
        b"cbuiltins\ngetattr\n.",
        b"ctorch\nload\n.",
        b"ctorch.hub\nload\n.",
        b"ctorch.nn.modules.module\nModule.__init__.__globals__\n.",
        b"c__builtin__\nexec\n.",
        b"cnumpy\nload\n.",
        b"cnumpy.core.multiarray\nfromfile\n.",
        b"csubprocess\nPopen\n.",
        b"c_codecs\nencode\n(S'x'\nS'rot13'\ntR.",
        b"ccopyreg\n_reconstructor\n(cbuiltins\nset\ncbuiltins\nobject\nNtR.",
    ],
)
def test_other_ways_out_are_shut(tmp_path: Path, code: bytes) -> None:
    (tmp_path / "a.pkl").write_bytes(code)
    with pytest.raises(UserError, match="is refused"):
        load_tensors(tmp_path / "a.pkl")


def test_dotted_names_do_not_reach_through_records(tmp_path: Path) -> None:
    code = b"\x80\x04\x8c\x10torch.nn.modules\x8c\x1eModule.__init__.__globals__.os\x93."
    (tmp_path / "a.pkl").write_bytes(code)
    with pytest.raises(UserError):
        load_tensors(tmp_path / "a.pkl")


def test_a_tensor_larger_than_its_storage_is_refused(tmp_path: Path) -> None:
    view = torch.zeros(1).expand(1 << 20)
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(view))
    with pytest.raises(UserError, match="over only 1 numbers"):
        load_tensors(tmp_path / "a.pkl")


def test_broken_files_are_one_sentence(tmp_path: Path) -> None:
    whole = pickle.dumps(TENSORS)
    (tmp_path / "cut.pkl").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.pkl").write_text("these are no weights")
    with zipfile.ZipFile(tmp_path / "empty.ckpt", "w") as archive:
        archive.writestr("notes.txt", "nothing")
    for name in ("cut.pkl", "text.pkl", "empty.ckpt", "absent.pkl"):
        with pytest.raises(UserError, match=name):
            load_tensors(tmp_path / name)


def forge(dtype_state: tuple, code: str = "f8", shape: object = (1,), data: object = b"\x10" * 8) -> bytes:
    """A pickle of one array in which the states of dtype and array are chosen."""

    class Dtype:
        def __reduce__(self) -> tuple:
            return np.dtype, (code, False, True), dtype_state

    class Array:
        def __reduce__(self) -> tuple:
            return np.empty(0).__reduce__()[0], (np.ndarray, (0,), b"b"), (1, shape, Dtype(), False, data)

    return pickle.dumps({"a": Array()})


PLAIN_STATE = (3, "<", None, None, None, -1, -1, 0)


@pytest.mark.parametrize(
    "data",
    [
        forge((3, "|", None, None, None, 8, 8, 63), "O"),
        forge((3, "<", None, None, None, -1, -1, 63)),
        forge((3, "<", None, ("x",), {"x": (np.dtype("O"), 0)}, 8, 8, 27), "V8"),
        forge((3, "<", None, ("x",), {"x": (np.dtype("f8"), 1 << 40)}, 8, 8, 0)),
        forge((3, "<", (np.dtype("f8"), (1 << 40,)), None, None, -1, -1, 0)),
        forge((3, "<", None, None, None, 1 << 40, 1, 0), "V8"),
        forge((3, "<", None, None, None, 1, 1 << 20, 0)),
        forge(("|", 3, None)),
        forge(PLAIN_STATE, shape=(1 << 40,)),
        forge(PLAIN_STATE, shape=(-1,)),
        forge(PLAIN_STATE, shape=[1]),
        forge(PLAIN_STATE, data=[1]),
        forge(PLAIN_STATE, code="U0", data=b""),
        b"cnumpy\nndarray\n((I1\ntR.",
        b"\x80\x02K\x01r\xff\xff\xff\x7f.",  # an object with the number 2147483647
    ],
)
def test_a_forged_array_is_refused(tmp_path: Path, data: bytes) -> None:
    """In a process of its own, because numpy ends the process for some of them."""
    (tmp_path / "a.pkl").write_bytes(data)
    code = (
        "import sys; from pathlib import Path; from panic3d.weights.pickles import load_tensors\n"
        "from panic3d.runtime.errors import UserError\n"
        "try: repr(load_tensors(Path(sys.argv[1])))\nexcept UserError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "a.pkl"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "is refused" in done.stdout or "is no whole pickle" in done.stdout
    assert len(done.stdout.splitlines()) == 1


@pytest.mark.parametrize("protocol", range(2, 5))
def test_arrays_and_numbers_come_back(tmp_path: Path, protocol: int) -> None:
    arrays = {
        "float": np.arange(6.0).reshape(2, 3),
        "transposed": np.arange(6, dtype=np.int16).reshape(2, 3).T,
        "big endian": np.arange(3, dtype=">f4"),
        "text": np.array(["ab", "c"]),
        "truth": np.array([True, False]),
        "empty": np.zeros((0, 3), np.uint8),
        "point": np.array(2.5),
    }
    (tmp_path / "a.pkl").write_bytes(pickle.dumps({**arrays, "number": np.float32(0.1)}, protocol))
    found = load_tensors(tmp_path / "a.pkl")
    assert found.pop("number") == np.float32(0.1)
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == pickle.loads(pickle.dumps(array)).dtype


@pytest.mark.parametrize("as_zip", [True, False])
def test_flipped_bits_are_one_sentence(tmp_path: Path, as_zip: bool) -> None:
    torch.save(TENSORS, tmp_path / "a.ckpt", _use_new_zipfile_serialization=as_zip)
    whole = (tmp_path / "a.ckpt").read_bytes()
    random = np.random.default_rng(0)
    for _ in range(150):
        data = bytearray(whole)
        for at in random.integers(0, len(data), 8):
            data[at] ^= 1 << int(random.integers(8))
        (tmp_path / "a.ckpt").write_bytes(data)
        try:
            load_tensors(tmp_path / "a.ckpt")
        except UserError as error:
            assert len(str(error).splitlines()) == 1
