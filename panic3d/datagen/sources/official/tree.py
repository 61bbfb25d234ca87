"""The authors' folder tree (`_data/lustrous`): the paths of its files, the listed ids, and which files are missing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from panic3d.cameras.rigs import RIGS
from panic3d.datagen.sources.animerecon.alignment import Alignment, load_alignments
from panic3d.datagen.sources.animerecon.pairs import read_list
from panic3d.datagen.sources.vroid_hub.records import ModelRecord
from panic3d.runtime.errors import UserError
from panic3d.runtime.records import convert_record, parse_json
from panic3d.runtime.regular_files import read_file
from panic3d.shards.key_lists import read_first_column

Part = Literal["vroid", "animerecon"]
SPLITS = ("train", "val", "test")
PAPER_COUNTS = {"train": 8952, "val": 1171, "test": 1113}
SIDES = ("front", "left", "back", "right")
MODEL_SUFFIXES = (".vrm", ".zip", ".pmx")
"""In order of preference: the authors' conversion to VRM, the archive of the MMD model, the unpacked MMD model."""


@dataclass(frozen=True)
class OfficialView:
    """One of our views, and the authors' two pictures from which it is made, relative to the tree."""

    name: str
    colour: str
    position: str
    """Positions in glTF's axes, 8 bits a coordinate, alpha last."""
    camera_key: str
    """The entry in the authors' camera table; empty where the camera is known without it."""
    needed: bool
    """Whether the sample is unusable without this view."""


@dataclass(frozen=True)
class OfficialTree:
    """The authors' tree, opened for one of its two parts."""

    root: Path
    part: Part

    @cached_property
    def splits(self) -> dict[str, list[str]]:
        """Ids by split, from the csv lists. Without lists of splits, all ids are listed under `all`."""
        if self.part == "animerecon":
            path = self.root / "subsets" / "daredemoE_test.csv"
            return {"test": read_list(path) if path.is_file() else sorted(self.alignments)}
        found = {name: self._read_csv(name) for name in SPLITS}
        if any(ids is not None for ids in found.values()):
            return {name: ids for name, ids in found.items() if ids is not None}
        listed = self._read_csv("all")
        return {"all": listed if listed is not None else self._find_ids()}

    @cached_property
    def alignments(self) -> dict[str, Alignment]:
        path = self.root / "renders" / "daredemoE" / "fandom_align_alignment.pkl"
        return load_alignments(path) if path.is_file() else {}

    @cached_property
    def cameras(self) -> Mapping[str, Any]:
        """The authors' camera table; empty where the tree has none."""
        table = self._read_json(f"renders/{self.render_set}/{self.render_set}_meta.json")
        return table.get("render_params", table) if isinstance(table, dict) else {}

    @cached_property
    def records(self) -> Mapping[str, Any]:
        """VRoid Hub's records of the models, for title, author and licence; empty where the tree has none."""
        records = self._read_json("raw/vroid/metadata.json") if self.part == "vroid" else {}
        return records if isinstance(records, dict) else {}

    def get_record(self, sample: str) -> Mapping[str, Any]:
        """Return VRoid Hub's record of a model, empty without one. Raises UserError where it is damaged."""
        try:
            record: Mapping[str, Any] = convert_record(self.records.get(sample) or {}, ModelRecord)
            return record
        except ValueError as error:
            raise UserError(f"raw/vroid/metadata.json is damaged at {sample}: {error}") from error

    @property
    def render_set(self) -> str:
        """The authors' name for the renders of this part."""
        return "rutileE" if self.part == "vroid" else "daredemoE"

    def ids(self) -> list[str]:
        """List all ids, each once. Raises UserError where this is not the authors' tree, or it lists no ids."""
        if not (self.root / "renders" / self.render_set).is_dir():
            raise UserError(f"expected the authors' tree with renders/{self.render_set} at {self.root}, found none: "
                            "give the folder that holds renders and subsets (_data/lustrous)")  # fmt: skip
        ids = list(dict.fromkeys(key for ids in self.splits.values() for key in ids))
        if not ids:
            raise UserError(f"expected ids in {self.root}/subsets or under renders/{self.render_set}, found none")
        return ids

    def views(self, sample: str) -> tuple[OfficialView, ...]:
        """Return the pictures of an id (`1234567`, or `genshin/albedo`)."""
        base = f"renders/{self.render_set}"
        place = f"{sample[-1]}/{sample}" if self.part == "vroid" else sample
        sides = (*SIDES, "top") if self.part == "vroid" else SIDES
        ortho = [
            OfficialView(
                side, f"{base}/ortho/{place}/{side}.png", f"{base}/ortho_xyza/{place}/{side}.png", "", side != "top"
            )
            for side in sides
        ]
        if self.part == "vroid":
            persp = [
                OfficialView(
                    f"persp{i}", f"{base}/rgb/{place}/{i:04d}.png", f"{base}/xyza/{place}/{i:04d}.png",
                    f"{self.render_set}/rgb/{place}/{i:04d}", False,
                )
                for i in range(8)
            ]  # fmt: skip
        else:  # of their 60 cameras, those at elevation 0: index 36 + (azimuth + 180) / 30
            persp = [
                OfficialView(view, f"{base}/rgb60/{place}/{i:04d}.png", f"{base}/xyza60/{place}/{i:04d}.png", "", True)
                for view, i in zip(RIGS["spin12"], (*range(42, 48), *range(36, 42)), strict=True)
            ]
        return (*ortho, *persp)

    def extras(self, pair: str) -> dict[str, str]:
        """Return the other files of an AnimeRecon pair: `portrait` and `model`, relative to the tree."""
        if self.part == "vroid":
            return {}
        models = [f"raw/dssc/{pair}{suffix}" for suffix in MODEL_SUFFIXES]
        model = next((place for place in models if (self.root / place).is_file()), models[0])
        return {"portrait": f"renders/daredemoE/fandom_align/{pair}/front.png", "model": model}

    def list_missing(self, sample: str) -> tuple[list[str], list[str]]:
        """List the missing files of a sample: those that it needs, and those that are optional."""
        needed: list[str] = []
        optional: list[str] = []
        for view in self.views(sample):
            gone = [path for path in (view.colour, view.position) if not (self.root / path).is_file()]
            (needed if view.needed else optional).extend(gone)
        needed += [path for path in self.extras(sample).values() if not (self.root / path).is_file()]
        return needed, optional

    def list_missing_lists(self) -> list[str]:
        """List the missing files about all samples, each with what the import does without it."""
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

    def _read_csv(self, name: str) -> list[str] | None:
        path = self.root / "subsets" / f"rutileEB_{name}.csv"
        if not path.is_file():
            return None
        try:
            first = read_first_column(path)
        except ValueError as error:
            raise UserError(f"{path} is no list of ids ({error}): unpack it again, or remove it") from error
        return list(dict.fromkeys(part.rpartition("/")[2] for part in first if part.rpartition("/")[2].isdigit()))

    def _find_ids(self) -> list[str]:
        return sorted(path.name for path in (self.root / "renders" / "rutileE" / "ortho").glob("*/*") if path.is_dir())

    def _read_json(self, place: str) -> Any:
        path = self.root / place
        if not path.is_file():
            return {}
        try:
            return parse_json(read_file(path), Any)
        except ValueError as error:
            raise UserError(f"{path} is not JSON ({error}): unpack it again, or remove it") from None


def find_overlap(splits: Mapping[str, Iterable[str]]) -> list[str]:
    """Find the ids that are in more than one split."""
    seen: set[str] = set()
    twice: list[str] = []
    for ids in splits.values():
        twice += [key for key in ids if key in seen]
        seen.update(ids)
    return twice
