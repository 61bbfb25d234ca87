"""Search for the character whose front view explains a portrait best, beginning with the likeliest."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from panic3d.cameras.rigs import make_view_camera
from panic3d.datagen.synth.accessories.covers import HEAD_COVERS
from panic3d.datagen.synth.fields.field import Field
from panic3d.datagen.synth.head_pose import FRONTAL
from panic3d.datagen.synth.params import CharacterParams
from panic3d.geometry.textured_raycast import TexturedScene
from panic3d.models.character.beliefs import Beliefs
from panic3d.models.character.codes import FieldCodes
from panic3d.models.character.fitting.candidate import Candidate, build_candidate, recognise_pose
from panic3d.models.character.fitting.evidence import COMPARED_SIZE, PortraitEvidence
from panic3d.models.character.fitting.palette import find_main_colours
from panic3d.models.character.hints.styles import apply_styles
from panic3d.shards.schema import PARTS

LEAST_PIXELS, HAT_DIFFERENCE = 20, 0.12
"""A hat of at least so many pixels whose colour differs by less from a shade of the hair, in CIELAB / 100, is none."""
SHADES, LEAST_SHARE = 4, 0.05
CHANGED_SHARE = 0.4
"""Probability that a trial changes a number."""


@dataclass(frozen=True)
class SearchConfig:
    """How long to search."""

    alternatives: int = 2
    """Values of a field, beside the likeliest, that are tried."""
    least_chance: float = 0.04
    """Values that are less likely are not tried."""
    categorical_trials: int = 14
    member_trials: int = 5
    """Accessories, the most doubtful ones, that are put on or taken off."""
    numeric_trials: int = 12
    prior: float = 0.02
    """Cost of a value's negative log-likelihood: how much better the picture must fit an unlikely value."""
    step: float = 0.7
    """Of the trials of numbers, in predicted standard deviations."""
    searched: tuple[str, ...] = ("hair", "head", "body", "clothes")
    """Groups of fields that change the outline or the parts; the network alone decides others."""


@dataclass(frozen=True)
class CharacterChoice:
    """Values of all fields that the network predicts."""

    categories: Int[np.ndarray, " C"]
    numbers: Float[np.ndarray, " N"]
    members: Bool[np.ndarray, " M"]

    def with_category(self, field: int, value: int) -> "CharacterChoice":
        """Return the choice with another value of a categorical field."""
        categories = self.categories.copy()
        categories[field] = value
        return replace(self, categories=categories)

    def with_toggled_member(self, member: int) -> "CharacterChoice":
        """Return the choice with a value moved into its set or out of it."""
        members = self.members.copy()
        members[member] = ~members[member]
        return replace(self, members=members)


class CharacterSearch:
    """Coordinate search over categories and accessories, then random search over numbers; what fits better is kept."""

    def __init__(
        self,
        codes: FieldCodes,
        beliefs: Beliefs,
        base: CharacterParams,
        evidence: PortraitEvidence,
        config: SearchConfig,
        fixed: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        """`fixed` has values by path that every candidate gets. The pose is recognised, and joins `self.evidence`."""
        self.codes, self.beliefs, self.base, self.evidence, self.config = codes, beliefs, base, evidence, config
        self.fixed = fixed
        categories = np.array([int(chances.argmax()) for chances in beliefs.chances], np.int64)
        self.choice = CharacterChoice(categories, beliefs.numbers.copy(), beliefs.members > 0.5)
        self.best = self._build(self.choice)
        self.evidence = recognise_pose(self.best, evidence)
        if self.evidence.pose != FRONTAL:
            self.best = self._build(self.choice)
        self.cost = self._compute_cost(self.best, self.choice)

    def run(self) -> Candidate:
        """Return the best candidate, with its colours."""
        for field, value in islice(self._list_alternatives(), self.config.categorical_trials):
            self._try(self.choice.with_category(field, value))
        doubtful = np.argsort(np.abs(self.beliefs.members - 0.5), kind="stable")
        for member in doubtful[: self.config.member_trials]:
            if self.config.least_chance < self.beliefs.members[member] < 1 - self.config.least_chance:
                self._try(self.choice.with_toggled_member(int(member)))
        random = np.random.Generator(np.random.PCG64(0))
        searched = np.array([self._is_searched(field) for field in self.codes.continuous], bool)
        for _ in range(self.config.numeric_trials):
            step = random.normal(0, self.config.step, len(searched)) * self.beliefs.deviations
            chosen = searched & (random.random(len(searched)) < CHANGED_SHARE)
            self._try(replace(self.choice, numbers=np.clip(self.choice.numbers + step * chosen, -1, 1)))
        self._take_off_hats()
        return build_candidate(self.best.params, 0, self.evidence)

    def _take_off_hats(self) -> None:
        """Take off hats where the portrait shows the colour of the hair: bands and tails are taken for them."""
        worn = [
            index
            for index, (path, value) in enumerate(self._list_members())
            if path == "accessories" and value in HEAD_COVERS and self.choice.members[index]
        ]
        part = TexturedScene(self.best.mesh).render_parts(make_view_camera("front"), COMPARED_SIZE) if worn else None
        if part is None:
            return
        hat, hair = (self.evidence.lab[(part == PARTS[name]) & self.evidence.mask] for name in ("accessory", "hair"))
        if min(len(hat), len(hair)) < LEAST_PIXELS:
            return
        shades = find_main_colours(hair, SHADES, LEAST_SHARE * len(hair))
        if np.linalg.norm(shades - np.median(hat, axis=0), axis=1).min() < HAT_DIFFERENCE:
            for index in worn:
                self.choice = self.choice.with_toggled_member(index)
            self.best = self._build(self.choice)
            self.cost = self._compute_cost(self.best, self.choice)

    def _list_members(self) -> list[tuple[str, str]]:
        """Return the path and the value of each member."""
        return [(field.path, value) for field, values in self.codes.sets for value in values]

    def _list_alternatives(self) -> Iterator[tuple[int, int]]:
        """Yield fields and values, the likeliest first; fields that do not apply to the best candidate are left out."""
        found = []
        for index, chances in enumerate(self.beliefs.chances):
            for value in np.argsort(-chances)[1 : 1 + self.config.alternatives]:
                if chances[value] >= self.config.least_chance:
                    found.append((float(chances[value]), index, int(value)))
        for _, index, value in sorted(found, reverse=True):
            field = self.codes.categorical[index]
            if field.applies(self.best.params) and field.front_visibility > 0 and self._is_searched(field):
                yield index, value

    def _is_searched(self, field: Field) -> bool:
        return field.path.split(".")[0] in self.config.searched and field.path not in self.fixed

    def _try(self, choice: CharacterChoice) -> None:
        candidate = self._build(choice)
        cost = self._compute_cost(candidate, choice)
        if cost < self.cost:
            self.choice, self.best, self.cost = choice, candidate, cost

    def _build(self, choice: CharacterChoice) -> Candidate:
        members, start = {}, 0
        for field, values in self.codes.sets:
            inside = choice.members[start : start + len(values)]
            members[field.path] = tuple(value for value, is_in in zip(values, inside, strict=True) if is_in)
            start += len(values)
        params = apply_styles(self.codes.decode(self.base, choice.categories, choice.numbers, members), self.fixed)
        return build_candidate(params, 0, self.evidence, draft=True)

    def _compute_cost(self, candidate: Candidate, choice: CharacterChoice) -> float:
        beliefs = self.beliefs
        chances = [row[value] for row, value in zip(beliefs.chances, choice.categories, strict=True)]
        chances += list(np.where(choice.members, beliefs.members, 1 - beliefs.members))
        unlikely = -np.log(np.maximum(chances, 1e-6)).sum()
        away = (((choice.numbers - beliefs.numbers) / beliefs.deviations) ** 2).sum() / 2
        return candidate.match.cost() + self.config.prior * float(unlikely + away / max(len(choice.numbers), 1))
