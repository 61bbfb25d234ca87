"""Settings that the documentation names are settings of some model's configuration."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from helpers.docs.markdown import INLINE_CODE, ROOT, find_pages, without_code_blocks
from panic3d.models.training import load_run_config
from panic3d.registry import find_entries

FILE_SUFFIXES = ("safetensors", "jsonl", "json", "yaml", "py", "pt", "pkl", "ckpt", "toml")
SETTING = re.compile(r"^([a-z_0-9]+(?:\.[a-z_0-9]+)+)(?:[=:].*)?$")


@cache
def list_configurations() -> list[Any]:
    return [load_run_config(name, "small") for name in find_entries("model")]


def find_groups() -> Iterator[Any]:
    """Yield every configuration and its `model`, because pages leave `model.` out where it is clear."""
    for config in list_configurations():
        yield config
        if hasattr(config, "model"):
            yield config.model


def has_setting(config: Any, key: str) -> bool:
    for name in key.split("."):
        if not hasattr(config, name):
            return False
        config = getattr(config, name)
    return True


@pytest.mark.parametrize("page", find_pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_settings_in_sentences_exist(page: Path) -> None:
    if page.name == "CHANGELOG.md":
        return
    for code in INLINE_CODE.findall(without_code_blocks(page.read_text())):
        match = SETTING.match(code)
        if (
            match
            and not match[1].endswith(FILE_SUFFIXES)
            and any(has_setting(group, match[1].split(".")[0]) for group in find_groups())
        ):
            assert any(has_setting(group, match[1]) for group in find_groups()), f"no setting {match[1]}"


def test_a_setting_that_does_not_exist_is_found() -> None:
    assert any(has_setting(group, "optimiser.learning_rate") for group in find_groups())
    assert any(has_setting(group, "backbone.encoder_width") for group in find_groups()), "of a model"
    assert not any(has_setting(group, "optimiser.learning") for group in find_groups())
