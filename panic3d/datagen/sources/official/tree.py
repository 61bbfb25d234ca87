"""The authors' folder tree (`_data/lustrous`): where each file lies, which ids are listed, what is missing."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from panic3d.cameras.rigs import RIGS
from panic3d.datagen.sources.animerecon.alignment import Alignment, read_alignments
from panic3d.datagen.sources.animerecon.pairs import read_list
from panic3d.runtime.errors import UserError

Part = Literal["vroid", "animerecon"]
SPLITS = ("train", "val", "test")
PAPER_COUNTS = {"train": 8952, "val": 1171, "test": 1113}
SIDES = ("front", "left", "back", "right")
MODEL_SUFFIXES = (".vrm", ".zip", ".pmx")
"""The authors' conversion to VRM, else the MMD model itself, in the archive that it came in or beside its textures."""


@dataclass(frozen=True)
class View:
    """A view of ours and the two pictures of the authors' that it is made from, relative to the tree."""

    name: str
    colour: str
    position: str
    """Positions in glTF's axes, 8 bits a coordinate, alpha last."""
    camera_key: str
    """In the authors' camera table; empty where the camera is known."""
    needed: bool


@dataclass(frozen=True)
class Tree:
    """The authors' tree, opened for one of its two parts."""

    root: Path
    part: Part

    @cached_property
    def splits(self) -> dict[str, list[str]]:
        """Ids by split, from the csv lists; everything under `all` where there is only that, or none (a tree's ids)."""
        if self.part == "animerecon":
            path = self.root / "subsets" / "daredemoE_test.csv"
            return {"test": read_list(path) if path.is_file() else sorted(self.alignments)}
        found = {name: self._csv(name) for name in SPLITS}
        if any(ids is not None for ids in found.values()):
            return {name: ids for name, ids in found.items() if ids is not None}
        listed = self._csv("all")
        return {"all": listed if listed is not None else self._ids_in_tree()}

    @cached_property
    def alignments(self) -> dict[str, Alignment]:
        path = self.root / "renders" / "daredemoE" / "fandom_align_alignment.pkl"
        return read_alignments(path) if path.is_file() else {}

    @cached_property
    def cameras(self) -> Mapping[str, Any]:
        """The authors' camera table; empty where it is not there."""
        table = self._json(f"renders/{self.render_set}/{self.render_set}_meta.json")
        return table.get("render_params", table) if isinstance(table, dict) else {}

    @cached_property
    def records(self) -> Mapping[str, Any]:
        """VRoid Hub's records of the models, for title, author and licence; empty where they are not there."""
        records = self._json("raw/vroid/metadata.json") if self.part == "vroid" else {}
        return records if isinstance(records, dict) else {}

    @property
    def render_set(self) -> str:
        """The authors' name for the renders of this part."""
        return "rutileE" if self.part == "vroid" else "daredemoE"

    def ids(self) -> list[str]:
        """All listed ids, each once. UserError where the tree is none or lists none."""
        if not (self.root / "renders" / self.render_set).is_dir():
            raise UserError(f"expected the authors' tree with renders/{self.render_set} at {self.root}, found none: "
                            "give the folder that holds renders and subsets (_data/lustrous)")  # fmt: skip
        ids = list(dict.fromkeys(key for ids in self.splits.values() for key in ids))
        if not ids:
            raise UserError(f"expected ids in {self.root}/subsets or under renders/{self.render_set}, found none")
        return ids

    def views(self, sample: str) -> tuple[View, ...]:
        """What a sample of an id (`1234567`, or `genshin/albedo`) is made from."""
        base = f"renders/{self.render_set}"
        place = f"{sample[-1]}/{sample}" if self.part == "vroid" else sample
        sides = (*SIDES, "top") if self.part == "vroid" else SIDES
        ortho = [
            View(side, f"{base}/ortho/{place}/{side}.png", f"{base}/ortho_xyza/{place}/{side}.png", "", side != "top")
            for side in sides
        ]
        if self.part == "vroid":
            persp = [
                View(
                    f"persp{i}", f"{base}/rgb/{place}/{i:04d}.png", f"{base}/xyza/{place}/{i:04d}.png",
                    f"{self.render_set}/rgb/{place}/{i:04d}", False,
                )
                for i in range(8)
            ]  # fmt: skip
        else:  # of their 60 cameras, those at elevation 0: index 36 + (azimuth + 180) / 30
            persp = [
                View(view, f"{base}/rgb60/{place}/{i:04d}.png", f"{base}/xyza60/{place}/{i:04d}.png", "", True)
                for view, i in zip(RIGS["spin12"], (*range(42, 48), *range(36, 42)), strict=True)
            ]
        return (*ortho, *persp)

    def extras(self, pair: str) -> dict[str, str]:
        """The other files of an AnimeRecon pair: name to place."""
        if self.part == "vroid":
            return {}
        models = [f"raw/dssc/{pair}{suffix}" for suffix in MODEL_SUFFIXES]
        model = next((place for place in models if (self.root / place).is_file()), models[0])
        return {"portrait": f"renders/daredemoE/fandom_align/{pair}/front.png", "model": model}

    def missing(self, sample: str) -> tuple[list[str], list[str]]:
        """Files that a sample cannot do without and are not there, and those that it can do without."""
        needed: list[str] = []
        other: list[str] = []
        for view in self.views(sample):
            gone = [path for path in (view.colour, view.position) if not (self.root / path).is_file()]
            (needed if view.needed else other).extend(gone)
        needed += [path for path in self.extras(sample).values() if not (self.root / path).is_file()]
        return needed, other

    def missing_lists(self) -> list[str]:
        """The files about all samples that are not there, and what is done without them."""
        if self.part == "animerecon":
            wanted = {
                "subsets/daredemoE_test.csv": "pairs are taken from the alignment",
                "renders/daredemoE/fandom_align_alignment.pkl": "no region of interest, which protocol `paper` needs",
            }
        else:
            wanted = {f"subsets/rutileEB_{name}.csv": f"no split {name}" for name in SPLITS}
            wanted["renders/rutileE/rutileE_meta.json"] = "perspective cameras are worked out from the position maps"
            wanted["raw/vroid/metadata.json"] = "no titles, authors and licences"
        return [f"{path}: {then}" for path, then in wanted.items() if not (self.root / path).is_file()]

    def _csv(self, name: str) -> list[str] | None:
        path = self.root / "subsets" / f"rutileEB_{name}.csv"
        if not path.is_file():
            return None
        first = (line.split(",")[0].strip().strip('"') for line in path.read_text(encoding="utf-8-sig").splitlines())
        return list(dict.fromkeys(part.rpartition("/")[2] for part in first if part.rpartition("/")[2].isdigit()))

    def _ids_in_tree(self) -> list[str]:
        return sorted(path.name for path in (self.root / "renders" / "rutileE" / "ortho").glob("*/*") if path.is_dir())

    def _json(self, place: str) -> Any:
        path = self.root / place
        if not path.is_file():
            return {}
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise UserError(f"{path} is not JSON ({error}): unpack it again, or take it away") from None


def overlapping(splits: Mapping[str, Iterable[str]]) -> list[str]:
    """Ids that are in more than one split."""
    seen: set[str] = set()
    twice: list[str] = []
    for ids in splits.values():
        twice += [key for key in ids if key in seen]
        seen.update(ids)
    return twice
