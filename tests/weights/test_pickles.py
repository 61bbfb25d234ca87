"""Foreign pickles: tensors come out as they went in, and no payload runs, wherever it hides."""

import io
import os
import pickle
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
