"""The authors' released files as safetensors: the reconstructor's pickle, the tagger, its PCA, the line remover.

No code in them is run (`panic3d.weights.pickles`). Files are recognised by the names and shapes of their tensors.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from panic3d.models.engine.checkpoint import SCHEMA, read_weights
from panic3d.models.engine.settings import to_yaml
from panic3d.models.portrait.alignment.similarity import FACE_RECORD, PUBLISHED_TARGETS
from panic3d.models.reconstructor.network.network import Reconstructor
from panic3d.models.reconstructor.network.stylegan.discriminator import DualDiscriminator, DualDiscriminatorConfig
from panic3d.models.reconstructor.semantic import TAGGER_RECORD
from panic3d.models.reconstructor.training.config import load_config
from panic3d.models.tagging import published as tagger
from panic3d.runtime.errors import UserError
from panic3d.runtime.files import write_atomically
from panic3d.weights.pickles import InertObject, load_tensors

RECONSTRUCTOR, DISCRIMINATOR, LINE_REMOVER = (
    "panic3d-official.safetensors", "discriminator-official.safetensors", "line-remover.safetensors",
)  # fmt: skip
UNUSED = ("dataset_label_std",)
"""Buffers of the published training that nothing reads."""
Part = Literal["all", "generator", "discriminator"]


@dataclass(frozen=True)
class ImportedFile:
    """A file that was written."""

    path: Path
    what: str


def import_official(path: Path, folder: Path, part: Part = "all") -> list[ImportedFile]:
    """Convert a released file to safetensors in a folder; returns the written files.

    Raises UserError, which names a tensor that is missing or has another shape.
    """
    content = load_tensors(path)
    if isinstance(content, InertObject):
        return [_import_pca(content, path, folder)]
    if not isinstance(content, dict):
        raise UserError(f"{path} holds a {type(content).__name__}: expected a checkpoint of the authors'")
    if "G_ema" in content or "D" in content:
        return _import_networks(content, path, folder, part)
    state = content.get("state_dict")
    if isinstance(state, dict):
        if "resnet.fc.weight" in state:
            return [_import_tagger(state, path, folder)]
        if "generator.0.weight" in state:
            return [_import_line_remover(content, state, path, folder)]
    keys = ", ".join(map(str, list(content)[:8]))
    raise UserError(f"{path} is none of the released files: expected G_ema or a state_dict that we know, found {keys}")


def extract_module_tensors(module: Any, prefix: str = "") -> dict[str, Tensor]:
    """Return the parameters and buffers of a pickled module, named as in its state dict."""
    if not isinstance(module, InertObject):
        return {}
    content = module.content
    if module.args and isinstance(module.args[0], InertObject):  # NVIDIA's persistence: one argument that describes all
        content = {**content, **_convert_to_dict(module.args[0].content.get("state"))}
    unsaved = content.get("_non_persistent_buffers_set") or ()
    found: dict[str, Tensor] = {}
    for group in ("_parameters", "_buffers"):
        for name, tensor in _convert_to_dict(content.get(group)).items():
            if isinstance(tensor, Tensor) and name not in unsaved:
                found[f"{prefix}{name}"] = tensor
    for name, child in _convert_to_dict(content.get("_modules")).items():
        found |= extract_module_tensors(child, f"{prefix}{name}.")
    return found


def _convert_to_dict(mapping: Any) -> dict[str, Any]:
    return mapping.content if isinstance(mapping, InertObject) else dict(mapping or {})


def _import_networks(content: dict[str, Any], path: Path, folder: Path, part: Part) -> list[ImportedFile]:
    written = []
    if part != "discriminator" and "G_ema" in content:
        config = load_config("paper")
        tensors = _select_tensors(content["G_ema"], lambda: Reconstructor(config.model), path, "discriminator")
        facts = {
            "imported_from": path.name, TAGGER_RECORD: {"name": "published"}, FACE_RECORD: asdict(PUBLISHED_TARGETS),
        }  # fmt: skip
        metadata = {"schema": SCHEMA, "config": to_yaml(config), "facts": json.dumps(facts)}
        what = "the released reconstructor (no licence stated; EG3D's parts are NVIDIA's, non-commercial)"
        written.append(_write(folder / RECONSTRUCTOR, tensors, metadata, what))
    if part != "generator" and "D" in content:
        tensors = _select_tensors(content["D"], lambda: DualDiscriminator(DualDiscriminatorConfig()), path, "generator")
        what = "its discriminator, to train on from (adversarial.start)"
        written.append(_write(folder / DISCRIMINATOR, tensors, {}, what))
    if not written:
        raise UserError(f"{path} has no {part}")
    return written


def _select_tensors(stored: Any, network: Callable[[], torch.nn.Module], path: Path, other: str) -> dict[str, Tensor]:
    """Return the tensors of a network from a pickled module."""
    found = extract_module_tensors(stored)
    with torch.device("meta"):
        expected = {name: tuple(t.shape) for name, t in network().state_dict().items()}
    for name in sorted(expected.keys() | found.keys() - set(UNUSED)):
        shape = tuple(found[name].shape) if name in found else "nothing"
        if shape != expected.get(name, "nothing"):
            raise UserError(
                f"{path}: tensor {name} should be {expected.get(name, 'absent')}, found {shape} "
                f"(--part {other} leaves this network out)"
            )
    return {name: found[name] for name in expected}


def _import_tagger(state: dict[str, Any], path: Path, folder: Path) -> ImportedFile:
    found = {name: t for name, t in state.items() if name.startswith("resnet.") and isinstance(t, Tensor)}
    with torch.device("meta"):
        net = tagger.PublishedTagger(tagger.PublishedTaggerConfig())
    expected = {name: tuple(t.shape) for name, t in net.state_dict().items() if name.startswith("resnet.")}
    for name in sorted(expected.keys() | found.keys()):
        shape = tuple(found[name].shape) if name in found else "nothing"
        if shape != expected.get(name, "nothing"):
            raise UserError(f"{path}: tensor {name} should be {expected.get(name, 'absent')}, found {shape}")
    return _write_with_other_half(
        found, folder, "the tagger, ResNet-50 with 1062 tags", "its PCA (pca.pkl) is still to come"
    )


def _import_pca(record: InertObject, path: Path, folder: Path) -> ImportedFile:
    mean, components = (record.content.get(name) for name in ("mean_", "components_"))
    if not isinstance(mean, np.ndarray) or not isinstance(components, np.ndarray):
        raise UserError(f"{path} holds a {record.kind}: expected a PCA with mean_ and components_")
    width, kept = len(mean), tagger.PublishedTaggerConfig().components
    if components.ndim != 2 or components.shape[1] != width or len(components) < kept:
        raise UserError(f"{path}: components_ should be at least ({kept}, {width}), found {components.shape}")
    found = {"pca.mean_": torch.from_numpy(mean), "pca.components_": torch.from_numpy(components[:kept].copy())}
    return _write_with_other_half(
        found, folder, f"the first {kept} components of the tagger's PCA", "the tagger itself is to come"
    )


def _write_with_other_half(found: dict[str, Tensor], folder: Path, what: str, missing: str) -> ImportedFile:
    """Write tagger or PCA to the file that both share."""
    path = folder / tagger.FILE
    here = read_weights(path).tensors if path.is_file() else {}
    together = {**here, **found}
    halves = {name.partition(".")[0] for name in together}
    return _write(path, together, {}, what if halves == {"resnet", "pca"} else f"{what}; {missing}")


def _import_line_remover(content: dict[str, Any], state: dict[str, Any], path: Path, folder: Path) -> ImportedFile:
    found = {name: t for name, t in state.items() if isinstance(t, Tensor)}
    first = found["generator.0.weight"]
    if first.ndim != 4 or first.shape[1] not in (3, 4):
        raise UserError(
            f"{path}: tensor generator.0.weight should be (width, 3 or 4, 3, 3), found {tuple(first.shape)}"
        )
    settings = {
        str(k): v
        for k, v in _convert_to_dict(content.get("hyper_parameters")).items()
        if isinstance(v, int | float | str)
    }
    hull = "with" if first.shape[1] == 4 else "without"
    what = f"the line remover, {first.shape[0]} channels wide, {hull} the face hull"
    facts = {"imported_from": path.name, FACE_RECORD: asdict(PUBLISHED_TARGETS)}
    metadata = {"settings": json.dumps(settings), "facts": json.dumps(facts)}
    return _write(folder / LINE_REMOVER, found, metadata, what)


def _write(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str], what: str) -> ImportedFile:
    from safetensors.torch import save

    floats = {name: (t.float() if t.is_floating_point() else t).contiguous() for name, t in tensors.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, save(floats, metadata))
    return ImportedFile(path, what)
