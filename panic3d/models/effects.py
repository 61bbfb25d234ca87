"""Settings that act only where others allow it: `--set rays.x=16` says nothing to a run that renders volumes."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from panic3d.runtime.errors import WrongUsage


@dataclass(frozen=True)
class Effect:
    """Under which condition some settings of a configuration have an effect."""

    settings: tuple[str, ...]
    """Dotted names of settings; that of a group stands for all in it."""
    acts: Callable[[Any], bool]
    """From the configuration to whether they have an effect."""
    goes_with: str
    """The settings that they go with, as `--set` takes them, or the command."""
    switches: tuple[str, ...] = ()
    """Names of those whose value 0 says that something is off, which is true where they have no effect."""

    def covers(self, name: str) -> bool:
        """Return whether the effect is one of a setting."""
        return any(name == known or name.startswith(f"{known}.") for known in self.settings)


@runtime_checkable
class HasEffects(Protocol):
    """A configuration that knows when its settings act."""

    @classmethod
    def list_effects(cls) -> Sequence[Effect]:
        """Return the conditions under which settings of this kind of configuration have an effect."""
        ...


def find_ineffective(config: Any, given: Iterable[tuple[str, Any]]) -> list[str]:
    """Return one sentence per given setting, by its dotted name and value, that has no effect in a configuration."""
    effects = config.list_effects() if isinstance(config, HasEffects) else ()
    found = []
    for name, value in given:
        for effect in effects:
            if effect.covers(name) and not effect.acts(config) and not (not value and name in effect.switches):
                found.append(f"the setting '{name}' has no effect here: it goes with {effect.goes_with}")
                break
    return found


def check_effects(config: Any, given: Iterable[tuple[str, Any]]) -> None:
    """Raise WrongUsage, with one sentence, where a given setting has no effect in a configuration."""
    for sentence in find_ineffective(config, given):
        raise WrongUsage(sentence)
