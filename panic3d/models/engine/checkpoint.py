"""The files of a run that hold weights: the resumable state, and the exported weights with their configuration.

Both are written whole before they replace an older file.
"""

import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import torch
import yaml
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn.modules.module import register_module_parameter_registration_hook

from panic3d.datasets.splits import HASH_DIGITS
from panic3d.models.engine.settings import from_record, to_yaml
from panic3d.registry import WEIGHTS_FILE, resolve_weights
from panic3d.runtime.errors import UserError
from panic3d.runtime.files import open_atomically, write_atomically
from panic3d.runtime.records import convert_record, parse_json
from panic3d.runtime.regular_files import require_regular_file
from panic3d.runtime.sentences import shorten_sentence

STATE, WEIGHTS, CONFIG, METRICS, SAMPLES = "state.pt", WEIGHTS_FILE, "config.yaml", "metrics.jsonl", "samples"
SCHEMA = "1"
AVATARS = "avatars"
"""The entry of the metadata with the content hashes of the avatars that the weights were trained on."""
SIZE_TOLERANCE = 4
"""How many times the size of the file's tensors a network may reach while it is built; layers replace parameters."""
Module = TypeVar("Module", bound=nn.Module)


class Weights(NamedTuple):
    """The content of a weights file."""

    tensors: dict[str, Tensor]
    """Floating-point tensors are float32 and finite."""
    metadata: dict[str, str]
    config: dict[str, Any]
    """The configuration of the run that made them, as a plain mapping; empty in files of other origin."""
    facts: dict[str, Any]
    """Steps, seconds and what else the run recorded."""


def save_state(run: Path, state: dict[str, Any]) -> None:
    """Write all that a resumed run needs. Raises OSError where it cannot be written; the older state stays then."""
    with open_atomically(run / STATE) as file:
        try:
            torch.save(state, file)
        except RuntimeError as error:  # after a failed write, torch's writer reports the missing bytes instead
            raise error.__context__ if isinstance(error.__context__, OSError) else error from None


def load_state(run: Path) -> dict[str, Any]:
    """Read the resumable state of a run folder. Raises UserError if there is none, or it cannot be read."""
    path = run / STATE
    if not path.exists():
        raise UserError(f"nothing to resume in {run}: there is no {STATE}; train without --resume")
    try:
        require_regular_file(path)
        with zipfile.ZipFile(path) as archive:
            if damaged := archive.testzip():
                raise zipfile.BadZipFile(f"{damaged} is damaged")
        state = torch.load(path, map_location="cpu", weights_only=True)
        step: int = convert_record(state["step"], int, "step")
        if step < 0 or convert_record(state["seconds"], float, "seconds") < 0:
            raise ValueError("negative step or seconds")
        return state
    except UserError:
        raise
    except Exception as error:  # torch raises a handful of types for a file that is not its own
        raise UserError(f"cannot read {path} ({type(error).__name__}): start again without --resume") from error


def save_weights(path: Path, tensors: dict[str, Tensor], config: Any, facts: dict[str, Any], avatars: str = "") -> None:
    """Write float16 tensors; the metadata holds the configuration, facts such as steps and characters, and `avatars`.

    These are those that were trained on, see `encode_avatars`; empty where that is unknown.
    """
    halves = {
        name: t.to(torch.float16 if t.is_floating_point() else t.dtype).contiguous() for name, t in tensors.items()
    }
    metadata = {"schema": SCHEMA, "config": to_yaml(config), "facts": json.dumps(facts, sort_keys=True)}
    if avatars:
        metadata[AVATARS] = avatars
    write_atomically(path, save(halves, metadata))


def encode_avatars(keys: Iterable[str]) -> str:
    """Encode the avatars of samples as the content hashes that end their keys, each once, of 8 digits."""
    return " ".join(sorted({key[-HASH_DIGITS:] for key in keys}))


def read_avatars(path: Path) -> frozenset[str]:
    """Read the content hashes of the avatars that weights were trained on; empty where the file does not tell.

    `path` is a weights file, or the folder of a run. Raises nothing: what cannot be read is reported when it is loaded.
    """
    return frozenset(_read_header(resolve_weights(path)).get(AVATARS, "").split())


def read_facts(path: Path) -> dict[str, Any]:
    """Read the facts in a weights file without its tensors; empty where there is no such file, or none can be read."""
    try:
        return parse_json(_read_header(path).get("facts", "{}"), dict[str, Any])
    except ValueError:
        return {}


def _read_header(path: Path) -> dict[str, str]:
    try:
        with safe_open(path, "pt") as file:
            return file.metadata() or {}
    except (OSError, SafetensorError):
        return {}


def read_weights(path: Path) -> Weights:
    """Read a safetensors file. Raises UserError if it is none, or if a number or the metadata in it is damaged."""
    try:
        require_regular_file(path)
        with safe_open(path, "pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            metadata = file.metadata() or {}
    except (OSError, SafetensorError) as error:
        sentence = (
            f"cannot read the weights {path} ({error}): expected a run's weights.safetensors; a released pickle or "
            "checkpoint becomes one with `panic3d weights import-official`"
        )
        raise UserError(shorten_sentence(sentence)) from error
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not tensor.isfinite().all():
            raise UserError(f"{path}: tensor {name:.80} holds numbers that are not finite: get the file again")
    config, facts = _read_metadata(path, metadata)
    floats = {name: t.float() if t.is_floating_point() else t for name, t in tensors.items()}
    return Weights(floats, metadata, config, facts)


def _read_metadata(path: Path, metadata: dict[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return configuration and facts of a weights file; both are empty in files of other origin."""
    try:
        config = convert_record(yaml.safe_load(metadata.get("config", "")) or {}, dict[str, Any])
        return config, parse_json(metadata.get("facts", "{}"), dict[str, Any])
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        said = " ".join(str(error).split())[:120]
        raise UserError(f"the metadata of {path} is damaged ({said}): get the file again") from error


def read_weights_of(path: Path, model_kind: str) -> Weights:
    """Read the weights of a run of one kind of model, which have its network's configuration.

    Raises UserError if there are none, or if they are not those of a `model_kind`.
    """
    if not path.is_file():
        raise UserError(f"there are no weights {path}: expected the weights.safetensors of a run")
    weights = read_weights(path)
    if weights.metadata.get("schema") != SCHEMA or not weights.config:
        raise UserError(f"{path} was not written by this panic3d: it has no schema {SCHEMA} configuration in it")
    if (found := weights.config.get("model_kind")) != model_kind:
        raise UserError(f"{path} holds weights of '{found}', expected those of `panic3d train {model_kind}`")
    if "model" not in weights.config:
        raise UserError(f"{path} is damaged: expected the settings 'model' in its configuration, found none")
    return weights


def start_from_weights(network: nn.Module, path: Path, model_kind: str) -> None:
    """Give a network the weights of another run. Raises UserError if a tensor does not fit, which the message names."""
    tensors = read_weights_of(path, model_kind).tensors
    _check_shapes(network, tensors, path)
    network.load_state_dict(tensors)


def load_network(path: Path, model_kind: str, model_config: type, build: Callable[[Any], Module]) -> Module:
    """Return the network of a run's weights, ready for inference.

    The network is built from the configuration in the file: from
    its group `model`, read as a `model_config`. Raises UserError if there are no weights, if they are not those of a
    `model_kind`, or if a tensor does not fit, which the message names.
    """
    weights = read_weights_of(path, model_kind)
    config: Any = from_record(model_config, weights.config["model"], "model.")
    return build_network(build, config, weights.tensors, path)


def build_network(build: Callable[[Any], Module], config: Any, tensors: dict[str, Tensor], path: Path) -> Module:
    """Build the network of a configuration from a weights file, with the tensors of the file, ready for inference.

    It is first built without memory for its numbers: a configuration can name any size. Raises UserError where it
    describes no network, or one to which the tensors do not belong.
    """
    try:
        with torch.device("meta"), _limit_parameters(tensors):
            outline = build(config)
        _check_shapes(outline, tensors, path)
        network = build(config)
    except UserError:
        raise
    except Exception as error:  # sizes that do not go together fail anywhere in the layers
        said = " ".join(str(error).split())[:120]
        raise UserError(f"{path} is damaged: its configuration describes no network ({said})") from error
    return fit_weights(network, tensors, path)


@contextmanager
def _limit_parameters(tensors: dict[str, Tensor]) -> Iterator[None]:
    """Raise ValueError where networks that are built inside have many more parameters than there are tensors."""
    max_count = SIZE_TOLERANCE * len(tensors)
    max_numbers = SIZE_TOLERANCE * sum(tensor.numel() for tensor in tensors.values())
    count = numbers = 0

    def add(module: nn.Module, name: str, parameter: nn.Parameter | None) -> None:
        nonlocal count, numbers
        if parameter is not None:
            count, numbers = count + 1, numbers + parameter.numel()
        if count > max_count or numbers > max_numbers:
            raise ValueError(f"it is larger than the {len(tensors)} tensors in the file")

    hook = register_module_parameter_registration_hook(add)
    try:
        yield
    finally:
        hook.remove()


def fit_weights(model: Module, tensors: dict[str, Tensor], path: Path) -> Module:
    """Return the model with these tensors, ready for inference. Raises UserError naming the first misfit."""
    _check_shapes(model, tensors, path)
    model.load_state_dict(tensors)
    return model.eval().requires_grad_(False)


def _check_shapes(model: nn.Module, tensors: dict[str, Tensor], path: Path) -> None:
    expected = {name: tuple(t.shape) for name, t in model.state_dict().items()}
    for name in sorted(expected.keys() | tensors.keys()):
        found = tuple(tensors[name].shape) if name in tensors else "nothing"
        if found != expected.get(name, "nothing"):
            raise UserError(f"{path}: tensor {name} should be {expected.get(name, 'absent')}, found {found}")
