"""Training any model of the registry on a dataset folder."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from panic3d.models.effects import check_effects
from panic3d.models.engine.checkpoint import CONFIG, STATE, WEIGHTS, read_weights_of
from panic3d.models.engine.config import RunConfig
from panic3d.models.engine.settings import apply_settings, from_record, load_preset, read_config, resolve_settings
from panic3d.registry import find_entry
from panic3d.runtime.errors import UserError

DEFAULT_PRESET = "small"


def train(
    model: str,
    data: str | Path,
    run: str | Path,
    preset: str | None = None,
    settings: Sequence[str] = (),
    resume: bool = False,
) -> Path:
    """Train a model on a dataset folder, and return the path of its weights in the run folder `run`.

    `model` is one of the names that `panic3d train --help` lists. `preset` names a configuration of the model, small if
    None; `settings` are `key=value` strings that change it, such as "steps=100" or "optimiser.clip=1". With `resume`
    the run continues where it stopped, with the configuration of its folder; Ctrl-C saves the state.

    Raises WrongUsage for an unknown model, preset or setting, or a setting that has no effect with the others;
    UserError if the folder holds a run already, if there is nothing to resume, or if the dataset lacks what the model
    needs.
    """
    folder = Path(run)
    entry = find_entry(model, "model")
    if resume:
        if preset is not None:
            raise UserError("--resume goes on with the run's own config.yaml: leave --preset out")
        if not (folder / CONFIG).exists():
            raise UserError(f"nothing to resume in {folder}: there is no {CONFIG}; train without --resume")
        config = apply_settings(read_config(folder / CONFIG, entry.load_config_class()), settings)
    else:
        if (folder / STATE).exists():
            raise UserError(f"{folder} holds a run already: go on with --resume, or choose another --out")
        config = load_run_config(model, preset or DEFAULT_PRESET, settings)
        if config.initial_weights:
            config = adopt_network(config, settings)
    check_effects(config, resolve_settings(config, settings))
    entry.load_factory()(Path(data), folder, config, resume)
    return folder / WEIGHTS


def load_run_config(model: str, preset: str = DEFAULT_PRESET, settings: Sequence[str] = ()) -> Any:
    """Load the configuration of a run: a preset of the model, changed by `key=value` settings.

    Raises WrongUsage for an unknown model, preset or setting.
    """
    entry = find_entry(model, "model")
    return load_preset(entry.presets_folder, preset, entry.load_config_class(), settings)


def adopt_network(config: RunConfig, settings: Sequence[str]) -> RunConfig:
    """Return a configuration with the network of its initial weights, changed by `key=value` settings again.

    Raises UserError if the weights cannot be read, or are those of another model.
    """
    weights = read_weights_of(Path(config.initial_weights), config.model_kind)
    record = asdict(config) | {"model": weights.config["model"]}
    return apply_settings(from_record(type(config), record), settings)
