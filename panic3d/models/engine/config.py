"""Run configurations: frozen dataclasses, presets in YAML, `key=value` settings; unknown keys are errors."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import yaml

from panic3d.datasets.stretching import StretchConfig
from panic3d.models.reconstructor.network.network import ReconstructorConfig
from panic3d.models.reconstructor.training.losses import LossWeights
from panic3d.models.reconstructor.training.volume_config import AdversarialConfig, VolumeConfig
from panic3d.runtime.errors import UserError, WrongUsage


@dataclass(frozen=True)
class RaysConfig:
    """Which rays and points a step looks at."""

    x: int = 32
    """Lattice lines along x; each is a random pixel of its stratum."""
    y: int = 32
    z: int = 32
    dilation_px: int = 1
    """The evaluated columns are the front silhouette grown by this ..."""
    dilation_jitter_px: int = 3
    """... or, for half of the characters, by up to this much more: real pictures' masks are not exact."""
    unmasked: float = 0.05
    """Share of the other columns that is evaluated too, so that the field learns to be empty there."""
    near_surface: int = 0
    """Points a character scattered about what the four views see, for the loss of that name; a multiple of 4."""
    near_surface_m: float = 0.01
    """Standard deviation of their distance, along each axis."""
    lpips_every: int = 4
    """Steps from one perceptual loss to the next; its weight is multiplied by this."""
    lpips_pictures: int = 2
    """Characters of the batch that take part in it."""
    lpips_size: int = 64
    """Pixels of those pictures; a divisor of `picture_size`."""


@dataclass(frozen=True)
class OptimiserConfig:
    """AdamW with warm-up, cosine to the end of the run, clipped gradients and an average of the weights."""

    learning_rate: float = 3e-3
    beta1: float = 0.9
    beta2: float = 0.99
    weight_decay: float = 1e-4
    clip: float = 1.0
    """Largest norm of the gradient; 0 = any."""
    warmup_steps: int = 50
    final_share: float = 0.02
    """Of the learning rate, at the end."""
    ema: float = 0.998
    """Decay of the averaged weights, which are what is saved; less during the first steps ..."""
    ema_half_life_steps: float = 0.0
    """... or their half-life, which grows with the first steps. Published: 10/32 kimg a picture of the batch, 312.5."""


@dataclass(frozen=True)
class RunConfig:
    """What every run on orthographic views has. Saved as config.yaml, from which it can be repeated."""

    model_kind: str = ""
    """What `panic3d train` calls it."""
    seed: int = 0
    batch: int = 16
    """Characters a step, over all devices."""
    accumulate: int = 1
    """Parts that a device's share of the batch is worked through in; their gradients add up to the whole batch's."""
    steps: int = 0
    """The run ends after this many steps (0: no such limit) ..."""
    minutes: float = 0.0
    """... or after this time (0: no such limit), whichever comes first; one of them must be given."""
    clock: Literal["wall", "processor"] = "wall"
    """What `minutes` counts; on a machine that is shared the processor's time is the fair one."""
    mirror: bool = True
    """Every character also as its mirror image."""
    stretch: StretchConfig = field(default_factory=StretchConfig)
    """Characters of other proportions; with `renderer: lattice`."""
    validation: int = 8
    """Characters kept from training for curves where the dataset has no `val` split; none under 5 times as many."""
    bf16: Literal["auto", "on", "off"] = "auto"
    """The backbone in bfloat16; auto: where the processor multiplies it in hardware."""
    accelerator: str = "auto"
    devices: int = 1
    """Processes on this machine; several machines as Lightning Fabric's launchers say."""
    nodes: int = 1
    reading: Literal["cache", "stream"] = "cache"
    """Pictures decoded once into a cache (6 bytes a pixel and view on disk), or from the shards whenever needed."""
    readers: int = 2
    """Threads that decode or fetch ahead; 0: none, the training itself does."""
    cache: str = ""
    """Folder of the decoded pictures; RUN/cache where empty."""
    log_every: int = 20
    """Steps between lines of metrics.jsonl."""
    validate_every_s: float = 120.0
    save_every_s: float = 120.0
    tensorboard: bool = False
    """metrics.jsonl also as TensorBoard's files (extra `tracking`)."""
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    model: Any = None
    """The network's own configuration; its `picture_size` is that of the views, in pixels."""


@dataclass(frozen=True)
class LatticeRunConfig(RunConfig):
    """A run that is taught by the views of a lattice."""

    rays: RaysConfig = field(default_factory=RaysConfig)
    loss: LossWeights = field(default_factory=LossWeights)


@dataclass(frozen=True)
class TrainConfig(LatticeRunConfig):
    """A run of the reconstructor."""

    model_kind: str = "reconstructor"
    renderer: Literal["lattice", "volume"] = "lattice"
    """lattice: the four views share their points (`rays`); hours on a CPU. volume: as published (`volume`)."""
    volume: VolumeConfig = field(default_factory=VolumeConfig)
    adversarial: AdversarialConfig = field(default_factory=AdversarialConfig)
    model: ReconstructorConfig = field(default_factory=ReconstructorConfig)


def presets(folder: Any = None) -> list[str]:
    """Names of the presets in a folder of YAML files; the reconstructor's where none is given."""
    found = (folder or _preset_folder()).iterdir()
    return sorted(path.name.removesuffix(".yaml") for path in found if path.name.endswith(".yaml"))


def load(preset: str, settings: Sequence[str] = (), kind: Any = TrainConfig, folder: Any = None) -> Any:
    """A preset of a kind of run, changed by `key=value` settings (dots go into groups: `optimiser.clip=1`)."""
    folder = folder or _preset_folder()
    if preset not in presets(folder):
        raise WrongUsage(f"unknown preset '{preset}': choose from {', '.join(presets(folder))}")
    record = yaml.safe_load((folder / f"{preset}.yaml").read_text()) or {}
    return changed(from_record(kind, record), settings)


def read(path: Path, kind: Any = TrainConfig) -> Any:
    """A run's config.yaml."""
    try:
        return from_record(kind, yaml.safe_load(path.read_text()) or {})
    except (OSError, yaml.YAMLError) as error:
        raise UserError(f"cannot read the configuration {path}: {error}") from error


def to_yaml(config: Any) -> str:
    return yaml.safe_dump(asdict(config), sort_keys=False)


def changed(config: Any, settings: Sequence[str]) -> Any:
    """A configuration of any kind with `key=value` settings applied."""
    record = asdict(config)
    for setting in settings:
        key, separator, value = setting.partition("=")
        if not separator:
            raise WrongUsage(f"--set takes key=value, found '{setting}'")
        group = record
        *path, last = key.split(".")
        for name in path:
            if not isinstance(group.get(name), dict):
                raise WrongUsage(_unknown(".".join(path), record))
            group = group[name]
        if last not in group:
            raise WrongUsage(_unknown(key, group))
        group[last] = yaml.safe_load(value)
    return from_record(type(config), record)


def from_record(kind: Any, record: Mapping[str, Any], where: str = "") -> Any:
    """A (nested) dataclass from a plain mapping. UserError names an unknown key or a value of the wrong type."""
    values = {}
    known = {f.name: f for f in fields(kind)}
    for key, value in record.items():
        if key not in known:
            raise UserError(_unknown(where + key, known))
        values[key] = _value(known[key].type, value, where + key)
    return replace(kind(), **values)


def _value(kind: Any, value: Any, where: str) -> Any:
    if is_dataclass(kind):
        if not isinstance(value, Mapping):
            raise UserError(f"the setting '{where}' is a group of settings, found {value!r}")
        return from_record(kind, value, where + ".")
    if get_origin(kind) is Literal:
        value = {True: "on", False: "off"}.get(value, value) if isinstance(value, bool) else value  # YAML's on and off
        if value not in get_args(kind):
            raise UserError(f"the setting '{where}' takes {', '.join(map(str, get_args(kind)))}, found {value!r}")
        return value
    if get_origin(kind) is tuple:
        if not isinstance(value, list | tuple):
            raise UserError(f"the setting '{where}' takes a list, found {value!r}")
        return tuple(_value(get_args(kind)[0], item, where) for item in value)
    if kind is float and isinstance(value, str):  # YAML 1.1 reads 1e-3 as text
        with suppress(ValueError):
            value = float(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not kind:
        raise UserError(f"the setting '{where}' takes a value of type {kind.__name__}, found {value!r}")
    return value


def _unknown(key: str, known: Mapping[str, Any]) -> str:
    close = get_close_matches(key.split(".")[-1], known, n=1)
    hint = f" (did you mean '{close[0]}'?)" if close else ""
    return f"unknown setting '{key}'{hint}: known here are {', '.join(known)}"


def _preset_folder() -> Any:
    return files("panic3d.models.reconstructor") / "presets"
