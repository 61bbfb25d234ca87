"""The registry of everything that is chosen by name: methods, line removers, models to train, protocols and metrics.

An entry names its code as `module:attribute`, so that a module is imported when its entry is used and not before. Other
packages add methods and metrics through the entry-point groups `panic3d.methods` and `panic3d.metrics`.
"""

import importlib
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal

from panic3d.runtime.errors import UserError, WrongUsage

logger = logging.getLogger(__name__)

Kind = Literal["method", "oracle method", "line remover", "model", "protocol", "metric"]
"""What an entry is, and how its factory is called:

- method: `factory(weights: Path | None) -> Method`
- oracle method: `factory(weights: Path | None) -> OracleMethod`, which is given the true views: an upper bound
- line remover: `factory(weights: Path | None) -> Remover`
- model: `factory(data: Path, run: Path, config, resume: bool) -> None`, which trains it
- protocol: `factory(switches: Set[str]) -> Protocol`, without the named switches
- metric: `factory() -> Metric`
"""
ENTRY_POINT_GROUPS: dict[Kind, str] = {"method": "panic3d.methods", "metric": "panic3d.metrics"}
WEIGHTS_FILE, BEST_FILE = "weights.safetensors", "best.safetensors"
"""The weights files in a run folder: the latest, and the best by validation."""
LATEST = "latest"
"""The name of `WEIGHTS_FILE` beside the names of the other weights files without their ending."""
ORIGIN = "panic3d"
NO_SUMMARY = "No description."
HEAD_METHODS = ("panic3d-auto", "panic3d-character", "panic3d-unet", "panic3d", "pixelnerf", "pifu")
"""The methods that make heads of users' pictures; `panic3d benchmark` has others beside them."""
PACKAGE = Path(__file__).parent


@dataclass(frozen=True)
class RegistryEntry:
    """One thing that is chosen by its name."""

    kind: Kind
    name: str
    factory: str
    """`module:attribute`; see `Kind` for its signature."""
    summary: str
    """One sentence."""
    config: str = ""
    """Of models: `module:dataclass` of the run's configuration."""
    presets: str = ""
    """Of models: `package:folder` of YAML files."""
    weights: str = ""
    """The weights that the package ships: a path below the package's folder."""
    trained_by: str = ""
    """Arguments of `panic3d train` that make such weights."""
    origin: str = ORIGIN
    """The distribution that holds the factory, or the module of this program that added it."""

    @property
    def weights_path(self) -> Path | None:
        """The path of the shipped weights; None if the package ships none."""
        return PACKAGE / self.weights if self.weights else None

    @property
    def presets_folder(self) -> Traversable:
        package, folder = self.presets.split(":")
        return files(package) / folder

    def load_factory(self) -> Any:
        """Import the factory. Raises UserError if an installed package's cannot be imported."""
        return self._load(self.factory)

    def load_config_class(self) -> Any:
        """Import the class of the run's configuration."""
        return self._load(self.config)

    def _load(self, place: str) -> Any:
        if self.origin == ORIGIN:
            return load_attribute(place)
        try:
            return load_attribute(place)
        except Exception as error:  # other people's module may raise anything
            raise UserError(
                f"the {self.kind} '{self.name}' of the package {self.origin} cannot be imported from {place} "
                f"({type(error).__name__}: {error})"
            ) from error


_registered: list[RegistryEntry] = []
"""What this program has added."""


def find_entries(*kinds: Kind) -> dict[str, RegistryEntry]:
    """Return all entries of some kinds by name: those of panic3d, of this program, then of installed packages."""
    found = {entry.name: entry for entry in (*ENTRIES, *_registered) if entry.kind in kinds}
    for kind in kinds:
        for entry in _list_installed_entries(kind):
            if entry.name in found:
                logger.warning(
                    "the %s '%s' of the package %s is not used: %s has one of that name",
                    kind, entry.name, entry.origin, found[entry.name].origin,
                )  # fmt: skip
            else:
                found[entry.name] = entry
    return found


def register_method(name: str, factory: Callable[[Path | None], Any]) -> None:
    """Add a method to the registry of this process.

    `factory` is a function of a module; it is called with the path of the weights, or None, and returns the method. Its
    docstring's first line is the summary. A package adds methods through the entry-point group `panic3d.methods`.
    Raises UserError if the name is taken.
    """
    _register("method", name, factory)


def register_metric(name: str, factory: Callable[[], Any]) -> None:
    """Add a metric to the registry of this process, as `register_method` does; `factory` returns a `Metric`."""
    _register("metric", name, factory)


def _register(kind: Kind, name: str, factory: Callable[..., Any]) -> None:
    place = f"{factory.__module__}:{factory.__qualname__}"
    summary = (factory.__doc__ or NO_SUMMARY).strip().splitlines()[0]
    entry = RegistryEntry(kind, name, place, summary, origin=factory.__module__)
    taken = find_entries(kind).get(name)
    if taken is not None and taken != entry:
        raise UserError(f"there is a {kind} '{name}' already, of {taken.origin}: choose another name")
    if taken is None:
        _registered.append(entry)


def find_entry(name: str, *kinds: Kind) -> RegistryEntry:
    """Return the entry of a name. Raises WrongUsage with the closest name and all names if there is none."""
    known = find_entries(*kinds)
    if name not in known:
        raise WrongUsage(describe_unknown_name(kinds[0], name, known))
    return known[name]


def describe_unknown_name(what: str, name: str, known: Iterable[str]) -> str:
    """Return the sentence about a name that is none of the known ones."""
    names = list(known)
    close = get_close_matches(name, names, n=1)
    hint = f" (did you mean '{close[0]}'?)" if close else ""
    return f"unknown {what} '{name}'{hint}: choose from {', '.join(names)}"


def find_weights(entry: RegistryEntry, given: Path | None = None) -> Path:
    """Return the weights file to load for an entry: a given file, that of a given run folder, or the shipped one.

    A run folder stands for its latest weights; `RUN/latest`, `RUN/best` and `RUN/snapshot-000040000` name those in it
    without the ending. Raises UserError if the file does not exist.
    """
    if given is not None:
        path = resolve_weights(given)
        if not path.is_file():
            raise UserError(
                f"expected the weights of the {entry.kind} '{entry.name}' (the {WEIGHTS_FILE} of `panic3d train "
                f"{entry.trained_by}`) at {path}, found no file{_describe_weights_in(path.parent)}"
            )
        return path
    shipped = entry.weights_path
    if shipped is None or not shipped.is_file():
        raise UserError(
            f"this installation lacks the weights of the {entry.kind} '{entry.name}'"
            f"{f' ({shipped})' if shipped else ''}: train some (`panic3d train {entry.trained_by} --data DIR --out "
            "RUN`) and give RUN as the weights"
        )
    return shipped


def resolve_weights(given: Path) -> Path:
    """Return the weights file that a path means, which need not exist: see `find_weights`."""
    if given.is_dir():
        return given / WEIGHTS_FILE
    if given.is_file() or given.suffix:
        return given
    return given.with_name(WEIGHTS_FILE if given.name == LATEST else f"{given.name}.safetensors")


def _describe_weights_in(folder: Path) -> str:
    names = sorted(path.name for path in folder.glob("*.safetensors")) if folder.is_dir() else []
    return f"; that folder has {', '.join(names)}" if names else ""


def load_attribute(place: str) -> Any:
    """Import what `module:attribute` names."""
    module, attribute = place.split(":")
    return getattr(importlib.import_module(module), attribute)


def _list_installed_entries(kind: Kind) -> list[RegistryEntry]:
    group = ENTRY_POINT_GROUPS.get(kind)
    if group is None:
        return []
    return [_make_installed_entry(kind, point) for point in sorted(entry_points(group=group), key=lambda p: p.name)]


def _make_installed_entry(kind: Kind, point: EntryPoint) -> RegistryEntry:
    origin = point.dist.name if point.dist is not None else "?"
    return RegistryEntry(kind, point.name, point.value.partition("[")[0].strip(), "", origin=origin)


def get_summary(entry: RegistryEntry) -> str:
    """Return the summary of an entry; for one of another package the first line of the factory's docstring.

    Raises UserError if that factory cannot be imported.
    """
    return entry.summary or (entry.load_factory().__doc__ or NO_SUMMARY).strip().splitlines()[0]


_RECONSTRUCTOR = "panic3d.models.reconstructor"
_BASELINES = "panic3d.models.baselines"
_PORTRAIT = "panic3d.models.portrait"
_LINES = "panic3d.models.line_removal"

ENTRIES: tuple[RegistryEntry, ...] = (
    RegistryEntry("method", "panic3d", f"{_RECONSTRUCTOR}.method:load",
                  "The network of PAniC-3D, at small size.", weights="models/reconstructor/small.safetensors",
                  trained_by="reconstructor --preset small"),
    RegistryEntry("method", "panic3d-auto", "panic3d.models.automatic:load",
                  "panic3d-character where its outline explains the portrait, else panic3d-unet: the default of "
                  "`panic3d reconstruct`."),
    RegistryEntry("method", "panic3d-unet", f"{_RECONSTRUCTOR}.method:load_unet",
                  "PAniC-3D with a U-Net in the place of the backbone.",
                  weights="models/reconstructor/unet.safetensors", trained_by="reconstructor --preset unet"),
    RegistryEntry("method", "panic3d-character", "panic3d.models.character.method:load",
                  "The generator's character that the portrait shows, fitted to it and in its colours.",
                  weights="models/character/character.safetensors", trained_by="character"),
    RegistryEntry("method", "pixelnerf", f"{_BASELINES}.pixel_aligned.method:load_pixelnerf",
                  "PixelNeRF (Yu et al. 2021), a radiance field conditioned on the features of each pixel.",
                  weights="models/baselines/pixel_aligned/pixelnerf.safetensors", trained_by="pixelnerf"),
    RegistryEntry("method", "pifu", f"{_BASELINES}.pixel_aligned.method:load_pifu",
                  "PIFu (Saito et al. 2019), an occupancy function aligned with the pixels.",
                  weights="models/baselines/pixel_aligned/pifu.safetensors", trained_by="pifu"),
    RegistryEntry("method", "eg3d-img2stylegan", f"{_BASELINES}.eg3d.method:load_img2stylegan",
                  "EG3D with its latent code fitted to the portrait (Image2StyleGAN, Abdal et al. 2019).",
                  weights="models/baselines/eg3d/small.safetensors", trained_by="eg3d"),
    RegistryEntry("method", "eg3d-pti", f"{_BASELINES}.eg3d.method:load_pti",
                  "EG3D with its latent code and then its weights fitted to the portrait (PTI, Roich et al. 2022).",
                  weights="models/baselines/eg3d/small.safetensors", trained_by="eg3d"),
    RegistryEntry("method", "mean", f"{_BASELINES}.sanity.mean:load",
                  "The mean head of a dataset, whatever the portrait shows."),
    RegistryEntry("method", "nearest", f"{_BASELINES}.sanity.nearest:load",
                  "The head of a dataset whose front view is nearest to the portrait."),
    RegistryEntry("method", "relief", f"{_BASELINES}.sanity.relief:load",
                  "The portrait on the mean depth of the heads of a dataset."),
    RegistryEntry("oracle method", "nearest-oracle", f"{_BASELINES}.sanity.nearest_oracle:load",
                  "The head of a dataset that is nearest to the true views."),
    RegistryEntry("oracle method", "visual-hull", f"{_BASELINES}.sanity.visual_hull:load",
                  "The largest solid with the true silhouettes (Laurentini 1994)."),
    RegistryEntry("line remover", "line-removal", f"{_LINES}.painter:load",
                  "The line remover of PAniC-3D, trained on drawings alone.",
                  weights="models/line_removal/small.safetensors", trained_by="line-removal --preset small"),
    RegistryEntry("line remover", "line-removal-paired", f"{_LINES}.painter:load_paired",
                  "The same networks, trained on drawings with their renders: the default of `panic3d reconstruct`.",
                  weights="models/line_removal/paired.safetensors", trained_by="line-removal --preset paired"),
    RegistryEntry("line remover", "albedo", "panic3d.models.albedo.remover:load",
                  "The lines removed as by line-removal-paired, and the colours of a render instead of the drawing's.",
                  weights="models/albedo/albedo.safetensors", trained_by="albedo"),
    RegistryEntry("line remover", "none", f"{_LINES}.inpainting:load_nothing", "Leaves the drawing as it is."),
    RegistryEntry("line remover", "inpainting", f"{_LINES}.inpainting:load",
                  "Fills the lines by fast marching (Telea 2004)."),
    RegistryEntry("line remover", "cyclegan", f"{_BASELINES}.translation.load:load_cyclegan",
                  "CycleGAN (Zhu et al. 2017), which translates drawings to renders.",
                  weights="models/baselines/translation/cyclegan.safetensors", trained_by="cyclegan"),
    RegistryEntry("line remover", "ugatit", f"{_BASELINES}.translation.load:load_ugatit",
                  "U-GAT-IT (Kim et al. 2020), which translates drawings to renders.",
                  weights="models/baselines/translation/ugatit.safetensors", trained_by="ugatit"),
    RegistryEntry("model", "reconstructor", f"{_RECONSTRUCTOR}.training.train:train",
                  "The reconstructor: PAniC-3D's network, or with --preset unet the U-Net.",
                  config=f"{_RECONSTRUCTOR}.training.config:ReconstructorTrainConfig",
                  presets=f"{_RECONSTRUCTOR}:presets"),
    RegistryEntry("model", "pixelnerf", f"{_BASELINES}.pixel_aligned.training:train_pixelnerf",
                  "The baseline PixelNeRF.", config=f"{_BASELINES}.pixel_aligned.training:PixelNerfTrainConfig",
                  presets=f"{_BASELINES}.pixel_aligned:presets/pixelnerf"),
    RegistryEntry("model", "pifu", f"{_BASELINES}.pixel_aligned.training:train_pifu",
                  "The baseline PIFu.", config=f"{_BASELINES}.pixel_aligned.training:PifuTrainConfig",
                  presets=f"{_BASELINES}.pixel_aligned:presets/pifu"),
    RegistryEntry("model", "eg3d", f"{_BASELINES}.eg3d.training:train",
                  "The generator of the baseline EG3D.", config=f"{_BASELINES}.eg3d.config:Eg3dTrainConfig",
                  presets=f"{_BASELINES}.eg3d:presets"),
    RegistryEntry("model", "landmarks", f"{_PORTRAIT}.training.landmarks:train",
                  "The detector of the 28 landmarks of a face.",
                  config=f"{_PORTRAIT}.training.landmarks:LandmarkTrainConfig",
                  presets=f"{_PORTRAIT}:presets/landmarks", weights="models/portrait/landmarks.safetensors",
                  trained_by="landmarks"),
    RegistryEntry("model", "matting", f"{_PORTRAIT}.training.matting:train",
                  "The network that removes the background of a portrait.",
                  config=f"{_PORTRAIT}.training.matting:MattingTrainConfig", presets=f"{_PORTRAIT}:presets/matting",
                  weights="models/portrait/matting.safetensors", trained_by="matting"),
    RegistryEntry("model", "tagger", "panic3d.models.tagging.training:train",
                  "The tagger whose features the network of PAniC-3D is given.",
                  config="panic3d.models.tagging.training:TaggerTrainConfig", presets="panic3d.models.tagging:presets",
                  weights="models/tagging/tagger.safetensors", trained_by="tagger"),
    RegistryEntry("model", "albedo", "panic3d.models.albedo.training:train",
                  "The albedo network: from drawings to the colours of renders.",
                  config="panic3d.models.albedo.config:AlbedoTrainConfig", presets="panic3d.models.albedo:presets"),
    RegistryEntry("model", "character", "panic3d.models.character.training:train",
                  "The network that predicts a generated character's parameters from a portrait.",
                  config="panic3d.models.character.config:CharacterTrainConfig",
                  presets="panic3d.models.character:presets"),
    RegistryEntry("model", "line-removal", f"{_LINES}.training.train:train",
                  "The line remover.", config=f"{_LINES}.training.config:LineRemovalTrainConfig",
                  presets=f"{_LINES}:presets"),
    RegistryEntry("model", "cyclegan", f"{_BASELINES}.translation.training:train",
                  "The line remover CycleGAN, a baseline.",
                  config=f"{_BASELINES}.translation.config:CycleGanTrainConfig",
                  presets=f"{_BASELINES}.translation:presets/cyclegan"),
    RegistryEntry("model", "ugatit", f"{_BASELINES}.translation.training:train",
                  "The line remover U-GAT-IT, a baseline.", config=f"{_BASELINES}.translation.config:UgatitTrainConfig",
                  presets=f"{_BASELINES}.translation:presets/ugatit"),
    RegistryEntry("protocol", "standard", "panic3d.benchmark.protocols.standard:load",
                  "Whole pictures, and the surface that is visible from outside."),
    RegistryEntry("protocol", "paper", "panic3d.benchmark.protocols.paper:load",
                  "What the published evaluation measures; each of its peculiarities is a switch."),
)  # fmt: skip
