"""What a run leaves on disk: a resumable state, weights with their configuration, lines of metrics. All atomic."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from panic3d.models.engine.config import TrainConfig, changed, from_record, to_yaml
from panic3d.models.reconstructor.network.network import Reconstructor, ReconstructorConfig
from panic3d.registry import WEIGHTS_FILE
from panic3d.runtime.errors import UserError

STATE, WEIGHTS, CONFIG, METRICS, SAMPLES = "state.pt", WEIGHTS_FILE, "config.yaml", "metrics.jsonl", "samples"
SCHEMA = "1"
Module = TypeVar("Module", bound=nn.Module)


def save_state(run: Path, state: dict[str, Any]) -> None:
    """Everything that a resumed run needs; the old file stays until the new one is whole."""
    partial = run / f"{STATE}.partial"
    torch.save(state, partial)
    partial.replace(run / STATE)


def load_state(run: Path) -> dict[str, Any]:
    path = run / STATE
    if not path.exists():
        raise UserError(f"nothing to resume in {run}: there is no {STATE}; train without --resume")
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises a handful of types for a file that is not its own
        raise UserError(f"cannot read {path} ({type(error).__name__}): start again without --resume") from error


def save_weights(path: Path, tensors: dict[str, Tensor], config: Any, facts: dict[str, Any]) -> None:
    """Float16 tensors; the metadata holds the configuration and facts such as steps and characters."""
    halves = {
        name: t.to(torch.float16 if t.is_floating_point() else t.dtype).contiguous() for name, t in tensors.items()
    }
    metadata = {"schema": SCHEMA, "config": to_yaml(config), "facts": json.dumps(facts, sort_keys=True)}
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(save(halves, metadata))
    partial.replace(path)


def change_inference(path: Path, settings: Sequence[str], out: Path) -> None:
    """The same weights with other settings of `model.inference`. UserError where a setting would change the network."""
    import yaml

    tensors, metadata = read_tensors(path)
    before = from_record(TrainConfig, yaml.safe_load(metadata.get("config", "{}")))
    after = changed(before, settings)
    if replace(after, model=replace(after.model, inference=before.model.inference)) != before:
        found = ", ".join(settings)
        raise UserError(f"only settings under model.inference can be changed after training, found {found}")
    save_weights(out, tensors, after, json.loads(metadata.get("facts", "{}")))


def load_reconstructor(path: Path) -> Reconstructor:
    """The network of a weights file, ready for inference. UserError says which tensor does not fit."""
    return load_network(path, "reconstructor", ReconstructorConfig, Reconstructor)


def load_network(path: Path, kind: str, config_class: Any, build: Callable[[Any], Module]) -> Module:
    """Load the network of a weights file, built from its configuration's `model`, ready for inference.

    `kind` is what `panic3d train` calls the model; `config_class` is the class of the network's own configuration.
    Raises UserError if the file holds another kind of model, or names the first tensor that does not fit.
    """
    import yaml

    if not path.is_file():
        raise UserError(f"there are no weights {path}: expected the weights.safetensors of a run")
    tensors, metadata = read_tensors(path)
    if metadata.get("schema") != SCHEMA or "config" not in metadata:
        raise UserError(f"{path} was not written by this panic3d: it has no schema {SCHEMA} configuration in it")
    record = yaml.safe_load(metadata["config"])
    if (found := record.get("model_kind")) != kind:
        raise UserError(f"{path} holds weights of '{found}', expected those of `panic3d train {kind}`")
    return fitted(build(from_record(config_class, record["model"])), tensors, path)


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """A safetensors file's tensors, floats in float32, and its metadata. UserError where it is none."""
    try:
        with safe_open(path, "pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            metadata = file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise UserError(
            f"cannot read the weights {path} ({error}): expected a run's weights.safetensors; a released pickle or "
            "checkpoint becomes one with `panic3d weights import-official`"
        ) from error
    return {name: t.float() if t.is_floating_point() else t for name, t in tensors.items()}, metadata


def fitted(model: Module, tensors: dict[str, Tensor], path: Path) -> Module:
    """The model with these tensors, ready for inference. UserError names the first tensor that does not fit."""
    expected = {name: tuple(t.shape) for name, t in model.state_dict().items()}
    for name in sorted(expected.keys() | tensors.keys()):
        found = tuple(tensors[name].shape) if name in tensors else "nothing"
        if found != expected.get(name, "nothing"):
            raise UserError(f"{path}: tensor {name} should be {expected.get(name, 'absent')}, found {found}")
    model.load_state_dict(tensors)
    return model.eval().requires_grad_(False)


def append_metrics(run: Path, record: dict[str, Any]) -> None:
    with (run / METRICS).open("a") as file:
        file.write(json.dumps(record) + "\n")
