"""`panic3d reconstruct`: from pictures to coloured heads, with a file of every stage."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from panic3d.avatar.command_options import WantedFiles, avatar_options, take_avatar_config, take_wanted_files
from panic3d.models.device import device_option
from panic3d.registry import HEAD_METHODS
from panic3d.runtime.errors import ItemsFailed, UserError, WrongUsage, explain_unexpected_error
from panic3d.runtime.files import (
    DISK_ERRORS,
    explain_write_error,
    make_disk_full_error,
    make_folder,
    write_atomically,
)
from panic3d.runtime.sentences import shorten_sentence

if TYPE_CHECKING:  # numpy and torch are imported when a picture is read
    from panic3d.models.device import Device
    from panic3d.pipeline import PortraitPipeline

logger = logging.getLogger(__name__)
OPTION_NAMES = {"back_hair": "back-hair", "styles": "style"}
DEFAULT_FILES = WantedFiles()
PATH_CHARS = 100
"""How much of a path precedes the reason why its picture failed."""


@click.command()
@click.argument("pictures", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="The folder for the results; it is made if it does not exist.",
)
@click.option(
    "--method",
    "name",
    type=click.Choice(HEAD_METHODS),
    default="panic3d-auto",
    show_default=True,
    help="What makes the head. panic3d-character fits a generated character, panic3d is the network of the paper at "
    "small size, panic3d-unet has a U-Net in its place, panic3d-auto fits a character and takes panic3d-unet where "
    "none looks like the picture, pixelnerf and pifu are baselines.",
)
@click.option(
    "--head-pose",
    type=click.Choice(["auto", "front"]),
    default="auto",
    show_default=True,
    help="auto: a head that is turned by up to 35 degrees is reconstructed in its pose and turned to the front; front: "
    "it is taken to face the front. For a fitted character.",
)
@click.option(
    "--back-hair",
    type=click.Choice(["short", "medium", "long", "ponytail", "twintails", "bun", "braid"]),
    help="What the hair is like at the back, for a fitted character.  [default: what the network predicts]",
)
@click.option(
    "--back",
    type=click.Path(path_type=Path),
    help="A picture of the character from behind, for a fitted character and a single picture.",
)
@click.option(
    "--style",
    "styles",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set a style of the fitted character: back, fringe, sides, outfit, eyes, mouth, brows, beard, moustache or "
    "ears, or any field by its path, such as hair.volume_m=0.01. Several are joined by commas; it can be repeated. The "
    "three likeliest values are in NAME.character.json.",
)
@click.option(
    "--character",
    type=click.Path(path_type=Path),
    help="Fit the character of a NAME.character.json, as it was written or changed, and predict none.",
)
@click.option(
    "--weights",
    type=click.Path(path_type=Path),
    help="A run folder, or one of its weights files: RUN/latest, RUN/best, RUN/snapshot-000040000.  [default: the "
    "weights that this package ships]",
)
@click.option(
    "--align/--no-align",
    default=None,
    help="Move the face to where front renders have it, or take the whole picture as the frame.  [default: align, "
    "unless a square cut-out has its face there already]",
)
@click.option(
    "--face",
    type=click.IntRange(1),
    metavar="N",
    help="Take face number N, counted from 1 at the left, if the picture shows several.  [default: the largest]",
)
@click.option(
    "--detector",
    type=click.Choice(["ours", "animeface"]),
    default="ours",
    show_default=True,
    help="The detector of faces and their 28 landmarks.",
)
@click.option(
    "--landmarks",
    type=click.Path(path_type=Path),
    help="Read the landmarks from a NAME.landmarks.json, or from a folder of them, and detect no faces.",
)
@click.option(
    "--matting",
    type=click.Choice(["auto", "given", "ours", "u2netp"]),
    default="auto",
    show_default=True,
    help="How the background is removed. auto takes the given alpha, else a flat background by its colour, else our "
    "network together with U2-Netp, which needs `panic3d weights fetch`.",
)
@click.option("--no-line-removal", is_flag=True, help="Keep the ink lines of the picture.")
@click.option(
    "--line-removal",
    "line_remover",
    metavar="NAME[=WEIGHTS]",
    help="Remove the ink lines by this line remover (docs/guides/line_removal.md), with the weights of a file or a run "
    "folder.  [default: line-removal-paired]",
)
@click.option(
    "--texture",
    type=click.Choice(["drawing", "albedo"]),
    default="drawing",
    show_default=True,
    help="Whose colours the head gets: those of the drawing, or those that a render of the character would have, "
    "without drawn light, shade and paper, as a network guesses them.",
)
@device_option
@click.option("--portrait-only", is_flag=True, help="Stop at the canonical portrait and make no 3D head.")
@avatar_options
def reconstruct(
    pictures: tuple[Path, ...],
    out: Path,
    name: str,
    weights: Path | None,
    align: bool | None,
    no_line_removal: bool,
    line_remover: str | None,
    texture: str,
    portrait_only: bool,
    device: "Device",
    **options: Any,
) -> None:
    """Make 3D heads of PICTURES, drawings of characters in any file format.

    Writes NAME.glb (or other kinds, see --format) in metres, NAME.views.png with views of the head, NAME.seen.png with
    all stages side by side, and one file per stage.
    """
    from panic3d.models.portrait.alignment.face_frame import read_face_frame
    from panic3d.pipeline import HeadPipeline, PipelineConfig, PortraitPipeline
    from panic3d.runtime.progress import Progress

    wanted = take_wanted_files(options)
    options["styles"] = _read_styles(options["styles"])
    for option in ("back_hair", "back", "styles", "character"):
        if options[option] and name not in ("panic3d-auto", "panic3d-character"):
            given = OPTION_NAMES.get(option, option)
            raise WrongUsage(f"--{given} is for panic3d-auto and panic3d-character; {name} has no use for it")
    line_removal = _choose_remover(no_line_removal, line_remover, texture)
    for option in ("back", "character"):
        if options[option] is not None and len(pictures) > 1:
            raise WrongUsage(f"--{option} is of one character, found {len(pictures)} pictures")
    config = PipelineConfig(
        align="auto" if align is None else "always" if align else "never",
        line_removal=line_removal,
        avatar=take_avatar_config(options),
        **options,
    )
    pipeline = (
        PortraitPipeline(config, read_face_frame(weights), device)
        if portrait_only
        else HeadPipeline.from_weights(weights, method=name, device=device, config=config)
    )
    failed: list[str] = []
    make_folder(out)
    names: dict[str, Path] = {}
    with Progress("reconstructing", len(pictures)) as progress:
        for path in pictures:
            try:
                if path.stem in names:
                    raise UserError(f"{path} would overwrite the result of {names[path.stem]}: rename one of them")
                written = write_files(pipeline, path, out, wanted)
                click.echo(f"{path}: {', '.join(map(str, written))}")
                names[path.stem] = path
            except UserError as error:
                failed.append(str(error))
            except Exception as error:  # an error that one picture causes must not end the others' work
                failed.append(_explain_failure(error, path, out))
            progress.step(path.name)
    if len(failed) == len(pictures) == 1:
        raise UserError(failed[0])
    if failed:
        for reason in failed:
            click.echo(f"  failed: {shorten_sentence(reason)}", err=True)
        message = f"{len(failed)} of {len(pictures)} pictures failed, for the reasons above"
        raise ItemsFailed(message) if names else UserError(message)


def _choose_remover(keep_lines: bool, given: str | None, texture: str) -> str | None:
    """Return the `NAME[=WEIGHTS]` of the line remover; None keeps the lines. Raises WrongUsage for a contradiction."""
    from panic3d.models.line_removal.removers import DEFAULT_REMOVER

    if keep_lines and given is not None:
        raise WrongUsage("--no-line-removal keeps the lines: leave out --line-removal")
    if texture != "albedo":
        return None if keep_lines else given or DEFAULT_REMOVER
    if keep_lines:
        raise WrongUsage("--texture albedo begins with the drawing without lines: leave out --no-line-removal")
    if given is not None:
        raise WrongUsage("--texture albedo is the line remover albedo: leave out one of it and --line-removal")
    return "albedo"


def _read_styles(styles: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return names and values. Raises WrongUsage for a style without a value, or one that a character does not have."""
    found = {}
    for part in ",".join(styles).split(",") if styles else []:
        name, separator, value = part.partition("=")
        if not separator:
            raise WrongUsage(f"--style takes NAME=VALUE, found '{part}'")
        found[name.strip()] = value.strip()
    if found:
        from panic3d.models.character.hints.styles import read_styles

        read_styles(found)
    return tuple(found.items())


def _explain_failure(error: Exception, path: Path, out: Path) -> str:
    """Explain why a picture has no result. Raises UserError where no other picture can have one: on a full disk."""
    explained = explain_write_error(error, out / path.stem) if isinstance(error, OSError) else None
    if isinstance(error, OSError) and error.errno in DISK_ERRORS:
        raise make_disk_full_error(out, error.strerror or str(error)) from error
    logger.debug("%s failed", path, exc_info=error)
    return f"{shorten_sentence(str(path), PATH_CHARS)}: {explained or explain_unexpected_error(error)}"


def write_files(
    pipeline: "PortraitPipeline",
    path: Path,
    out: Path,
    wanted: WantedFiles = DEFAULT_FILES,
) -> list[Path]:
    """Write all files of one picture into a folder; without a head if the pipeline stops at the portrait.

    Returns the paths of the results: the head and its views, or the portrait, and the overview of the stages.

    Raises UserError, which names the picture, if no portrait can be made of it.
    """
    from panic3d.models.character.fitting.character_file import SUFFIX as CHARACTER_SUFFIX
    from panic3d.models.portrait.faces.landmark_file import SUFFIX, encode_landmarks
    from panic3d.models.portrait.stages import save_failure, save_overview, save_stages
    from panic3d.pipeline import HeadPipeline, PortraitFailure

    stem = out / path.stem
    try:
        prepared = pipeline.prepare(path)
    except PortraitFailure as failure:
        save_failure(failure.picture.rgba, failure.faces, failure.reason, stem.with_name(f"{stem.name}.seen.png"))
        raise
    in_file = [face.scale(float(prepared.picture.shrink)) for face in prepared.stages.faces]
    landmarks = encode_landmarks(path, in_file).encode(errors="backslashreplace")
    write_atomically(stem.with_name(f"{stem.name}{SUFFIX}"), landmarks)
    save_stages(prepared.stages, prepared.line_free, stem)
    views = []
    if isinstance(pipeline, HeadPipeline):
        head = pipeline.reconstruct(prepared)
        for kind in wanted.kinds:
            head.save(stem.with_name(f"{stem.name}.{kind}"), wanted.vrm_version)
        if wanted.viewer:
            head.save_viewer(stem.with_name(f"{stem.name}.html"))
        if wanted.turntable:
            head.save_turntable(stem.with_name(f"{stem.name}.turntable.{wanted.turntable}"))
        if head.has_character:
            head.save_character(stem.with_name(f"{stem.name}{CHARACTER_SUFFIX}"))
        views = [view.rgb for view in head.save_views(stem.with_name(f"{stem.name}.views.png"))]
    save_overview(prepared.stages, prepared.line_free, views[:2], stem.with_name(f"{stem.name}.seen.png"))
    added = [name for name, is_wanted in _list_extra_kinds(wanted) if is_wanted]
    kinds = (*wanted.kinds, *added, "views.png", "seen.png") if views else ("canonical.png", "seen.png")
    return [stem.with_name(f"{stem.name}.{kind}") for kind in kinds]


def _list_extra_kinds(wanted: WantedFiles) -> list[tuple[str, bool]]:
    return [("html", wanted.viewer), (f"turntable.{wanted.turntable}", wanted.turntable is not None)]
