"""Reading, changing and writing configurations: frozen dataclasses, YAML, presets, `key=value` settings.

Unknown keys are errors; keys of earlier versions are read through `RENAMED_KEYS`.
"""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, fields, is_dataclass, replace
from difflib import get_close_matches
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

import yaml

from panic3d.runtime.errors import UserError, WrongUsage
from panic3d.runtime.regular_files import read_file

logger = logging.getLogger(__name__)
Config = TypeVar("Config")

RENAMED_KEYS = {
    "learning_rate": "optimiser.learning_rate",
    "beta1": "optimiser.beta1",
    "beta2": "optimiser.beta2",
    "weight_decay": "optimiser.weight_decay",
    "constant_share": "optimiser.constant_share",
    "final_share": "optimiser.final_share",
    "level": "density_level",
    "rim": "complete_silhouette",
    "paste": "stitch",
    "paste_tests": "stitch_thresholds",
    "quick": "cpu_renderer",
    "least_alpha": "min_alpha",
    "most_edge": "max_edge",
    "most_before": "max_occlusion",
    "before_from_m": "occlusion_start_m",
    "most_off_ray_m": "max_ray_offset_m",
    "judge_width": "discriminator_width",
    "judge_layers": "discriminator_layers",
}
"""Old key to the path of the new one, both relative to the group that holds them.

An entry applies where a group has no key of the old name and has the first key of the new path.
"""


def list_presets(folder: Traversable) -> list[str]:
    """Return the sorted names of the presets in a folder of YAML files."""
    return sorted(path.name.removesuffix(".yaml") for path in folder.iterdir() if path.name.endswith(".yaml"))


def load_preset(folder: Traversable, preset: str, kind: type[Config], settings: Sequence[str] = ()) -> Config:
    """Return a preset of a kind of configuration, changed by `key=value` settings (`optimiser.clip=1`).

    Raises WrongUsage for an unknown preset or setting.
    """
    if preset not in list_presets(folder):
        raise WrongUsage(f"unknown preset '{preset}': choose from {', '.join(list_presets(folder))}")
    return apply_settings(from_record(kind, _read_preset(folder, preset)), settings)


def _read_preset(folder: Traversable, preset: str) -> dict[str, Any]:
    """Read a preset over the one that it names as its `base`, if any."""
    record = yaml.safe_load((folder / f"{preset}.yaml").read_text()) or {}
    base = record.pop("base", None)
    return record if base is None else _merge(_read_preset(folder, base), record)


def _merge(base: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return nested settings with those of `changes` in their place."""
    merged = dict(base)
    for name, value in changes.items():
        within = isinstance(value, Mapping) and isinstance(merged.get(name), dict)
        merged[name] = _merge(merged[name], value) if within else value
    return merged


def read_config(path: Path, kind: type[Config]) -> Config:
    """Read a run's config.yaml. Raises UserError if the file cannot be read or does not fit the kind."""
    try:
        record = yaml.safe_load(read_file(path).decode()) or {}
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        said = " ".join(str(error).split())[:160]
        raise UserError(f"cannot read the configuration {path} ({said}): train without --resume") from error
    return from_record(kind, record)


def to_yaml(config: Any) -> str:
    """Return a configuration as YAML, in the order of its fields."""
    return yaml.safe_dump(asdict(config), sort_keys=False)


def apply_settings(config: Config, settings: Sequence[str]) -> Config:
    """Return a configuration of any kind with `key=value` settings applied; dots lead into groups.

    Raises WrongUsage for an unknown key or a setting without a value.
    """
    record = asdict(config)  # type: ignore[call-overload]
    for path, value in resolve_settings(config, settings):
        *groups, name = path.split(".")
        group = record
        for inner in groups:
            group = group[inner]
        group[name] = value
    return from_record(type(config), record)


def resolve_settings(config: Any, settings: Sequence[str]) -> list[tuple[str, Any]]:
    """Return the dotted names and the values of `key=value` settings, old names replaced by the present ones.

    Raises WrongUsage for a key that the configuration lacks or a setting without a value.
    """
    record, found = asdict(config), []
    for setting in settings:
        key, separator, value = setting.partition("=")
        if not separator:
            raise WrongUsage(f"--set takes key=value, found '{setting}'")
        group, names, path = record, key.split("."), ""
        while names:
            name = names.pop(0)
            if name not in group and (renamed := _find_new_path(name, group)):
                logger.warning("the setting '%s' is now called '%s'", name, ".".join(renamed))
                name, *names = [*renamed, *names]
            path += f".{name}" if path else name
            if name not in group or (names and not isinstance(group[name], dict)):
                raise WrongUsage(_describe_unknown_key(path, group))
            group = group[name]
        read = yaml.safe_load(value)
        found += (
            _list_values(read, f"{path}.") if isinstance(read, Mapping) and isinstance(group, dict) else [(path, read)]
        )
    return found


def list_preset_settings(folder: Traversable, preset: str) -> list[tuple[str, Any]]:
    """Return the dotted names and the values of what a preset sets itself, without its `base`."""
    record = yaml.safe_load((folder / f"{preset}.yaml").read_text()) or {}
    record.pop("base", None)
    return _list_values(record)


def _list_values(group: Mapping[str, Any], where: str = "") -> list[tuple[str, Any]]:
    found = []
    for name, value in group.items():
        inner = isinstance(value, Mapping)
        found += _list_values(value, f"{where}{name}.") if inner else [(where + name, value)]
    return found


def from_record(kind: type[Config], record: Any, where: str = "") -> Config:
    """Return a (nested) dataclass from a plain mapping; what the mapping lacks has the kind's default.

    Raises UserError naming an unknown key or a value of the wrong type. `where` precedes keys in messages.
    """
    if not isinstance(record, Mapping):
        raise UserError(f"expected a group of settings{f' {where}' if where else ''}, found {record!r:.60}")
    return _fill(kind(), record, where)


def _fill(config: Any, record: Mapping[Any, Any], where: str) -> Any:
    known = {f.name: f for f in fields(config)}
    values = {}
    if unnamed := [key for key in record if not isinstance(key, str)]:
        raise UserError(f"expected names of settings{f' in {where}' if where else ''}, found {unnamed[0]!r:.60}")
    for key, value in _rename_old_keys(record, known).items():
        if key not in known:
            raise UserError(_describe_unknown_key(where + key, asdict(config)))
        values[key] = _convert_value(known[key].type, value, where + key, getattr(config, key))
    return replace(config, **values)


def _rename_old_keys(record: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record of a group with the keys of earlier versions moved to where they are now."""
    moved = {name: dict(value) if isinstance(value, Mapping) else value for name, value in record.items()}
    for old in record:
        if old not in known and (path := _find_new_path(old, known)):
            group, value = moved, moved.pop(old)
            for name in path[:-1]:
                group = group.setdefault(name, {})
            group.setdefault(path[-1], value)
    return moved


def _find_new_path(old: str, known: Mapping[str, Any]) -> list[str] | None:
    path = RENAMED_KEYS.get(old, "").split(".")
    return path if path[0] in known else None


def _convert_value(kind: Any, value: Any, where: str, default: Any) -> Any:
    if is_dataclass(kind):
        if not isinstance(value, Mapping):
            raise UserError(f"the setting '{where}' is a group of settings, found {value!r}")
        return _fill(default, value, where + ".")
    if get_origin(kind) is Literal:
        value = {True: "on", False: "off"}.get(value, value) if isinstance(value, bool) else value  # YAML's on and off
        if value not in get_args(kind):
            raise UserError(f"the setting '{where}' takes {', '.join(map(str, get_args(kind)))}, found {value!r}")
        return value
    if get_origin(kind) is tuple:
        if not isinstance(value, list | tuple):
            raise UserError(f"the setting '{where}' takes a list, found {value!r}")
        return tuple(_convert_value(get_args(kind)[0], item, where, None) for item in value)
    if kind is float and isinstance(value, str):  # YAML 1.1 reads 1e-3 as text
        with suppress(ValueError):
            value = float(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not kind:
        raise UserError(f"the setting '{where}' takes a value of type {kind.__name__}, found {value!r}")
    return value


def _describe_unknown_key(key: str, known: Mapping[str, Any]) -> str:
    """Describe a key that a group, as a plain mapping, lacks, with the most similar one in it or in a group of it."""
    group, _, name = key.rpartition(".")
    names: dict[str, str] = {}
    initials: dict[str, str] = {}
    for path in _list_paths(known):
        leaf = path.rpartition(".")[2]
        names.setdefault(leaf, path)
        initials.setdefault("".join(word[:1] for word in leaf.split("_")), leaf)
    close = get_close_matches(name, known, n=1) or get_close_matches(name, names, n=1)
    similar = close[0] if close else initials.get(name)
    hint = f" (did you mean '{group + '.' if group else ''}{names.get(similar, similar)}'?)" if similar else ""
    return f"unknown setting '{key}'{hint}: known here are {', '.join(known)}"


def _list_paths(group: Mapping[str, Any], where: str = "") -> list[str]:
    """List the dotted paths of all settings of a group, its own first."""
    own = [where + name for name in group]
    inner = [_list_paths(value, f"{where}{name}.") for name, value in group.items() if isinstance(value, Mapping)]
    return own + [path for paths in inner for path in paths]
