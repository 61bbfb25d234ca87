"""The options of `panic3d reconstruct` that say which files an avatar gets, how large it is, and who made it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import click

from panic3d.avatar.config import AvatarConfig
from panic3d.datagen.synth.vrm.model import CHOICES, VrmMeta
from panic3d.runtime.errors import WrongUsage

FILE_KINDS = ("glb", "vrm", "obj", "ply")
NAMES = (
    "triangles", "texture_size", "sculpt", "title", "author", "copyright_notice", "licence_url", "contact",
    "avatar_permission", "commercial_usage", "modification", "allow_redistribution", "allow_violent_usage",
    "allow_sexual_usage", "allow_political_usage", "no_credit",
)  # fmt: skip


def avatar_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options to a command."""
    defaults = AvatarConfig()
    options = [
        click.option(
            "--format",
            "formats",
            default="glb",
            show_default=True,
            metavar="KINDS",
            callback=_read_formats,
            help="The kinds of files for each head, with commas: glb, vrm, obj, ply. glb and vrm have a texture, "
            "bones and expressions, obj and ply coloured vertices.",
        ),
        click.option(
            "--vrm-version",
            type=click.Choice(["1.0", "0.x"]),
            default="1.0",
            show_default=True,
            help="The version of the VRM format.",
        ),
        click.option(
            "--triangles",
            type=click.IntRange(10_000, 1_000_000),
            default=defaults.triangles,
            show_default=True,
            help="About how many triangles glb and vrm have.",
        ),
        click.option(
            "--texture-size",
            type=click.Choice(["512", "1024", "2048", "4096"]),
            default=str(defaults.texture_px),
            show_default=True,
            help="The side of the texture in glb and vrm, in pixels.",
        ),
        click.option(
            "--turntable",
            type=click.Choice(["webp", "mp4"]),
            help="Write NAME.turntable.webp or .mp4, too, in which the head turns once. mp4 needs the extra video.",
        ),
        click.option(
            "--viewer",
            is_flag=True,
            help="Write NAME.html, too: one page with the avatar inside, which opens from disk.",
        ),
        click.option(
            "--sculpt",
            is_flag=True,
            help="Make the head one surface in glb and vrm, instead of hair, face and clothes.",
        ),
        click.option(
            "--title", default="", help="The name of the character in vrm.  [default: that of the picture's file]"
        ),
        click.option("--author", multiple=True, help="Who made the character, in vrm. It can be repeated."),
        click.option("--copyright-notice", default="", help="Who has the rights, in vrm."),
        click.option("--licence-url", default="", help="Where the licence of the character can be read, in vrm."),
        click.option("--contact", default="", help="How to reach the author, in vrm."),
        click.option(
            "--avatar-permission",
            type=click.Choice(CHOICES["avatar_permission"]),
            default=defaults.meta.avatar_permission,
            show_default=True,
            help="Who may be the avatar, in vrm.",
        ),
        click.option(
            "--commercial-usage",
            type=click.Choice(CHOICES["commercial_usage"]),
            default=defaults.meta.commercial_usage,
            show_default=True,
            help="What the avatar may earn, in vrm.",
        ),
        click.option(
            "--modification",
            type=click.Choice(CHOICES["modification"]),
            default=defaults.meta.modification,
            show_default=True,
            help="Whether others may change the avatar, in vrm.",
        ),
        click.option("--allow-redistribution", is_flag=True, help="Others may pass the avatar on, says vrm."),
        click.option("--allow-violent-usage", is_flag=True, help="Violent scenes are allowed, says vrm."),
        click.option("--allow-sexual-usage", is_flag=True, help="Sexual scenes are allowed, says vrm."),
        click.option("--allow-political-usage", is_flag=True, help="Political and religious use is allowed, says vrm."),
        click.option("--no-credit", is_flag=True, help="The author need not be named, says vrm."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@dataclass(frozen=True)
class WantedFiles:
    """The files of each head."""

    kinds: tuple[str, ...] = ("glb",)
    vrm_version: Literal["1.0", "0.x"] = "1.0"
    turntable: str | None = None
    viewer: bool = False


def take_wanted_files(options: dict[str, Any]) -> WantedFiles:
    """Remove the options that name files from those of a command, and return what they ask for."""
    return WantedFiles(*(options.pop(name) for name in ("formats", "vrm_version", "turntable", "viewer")))


def take_avatar_config(options: dict[str, Any]) -> AvatarConfig:
    """Remove the options from those of a command, and return the configuration that they describe."""
    values = {name: options.pop(name) for name in NAMES}
    defaults = AvatarConfig()
    if not all(author.strip() for author in values["author"]):
        raise WrongUsage("--author: the name is empty; leave the option out where the author is not stated")
    meta = VrmMeta(
        authors=values["author"] or defaults.meta.authors,
        copyright_information=values["copyright_notice"],
        contact=values["contact"],
        other_licence_url=values["licence_url"],
        avatar_permission=values["avatar_permission"],
        violent_usage=values["allow_violent_usage"],
        sexual_usage=values["allow_sexual_usage"],
        commercial_usage=values["commercial_usage"],
        political_or_religious_usage=values["allow_political_usage"],
        credit="unnecessary" if values["no_credit"] else "required",
        redistribution=values["allow_redistribution"],
        modification=values["modification"],
    )
    return AvatarConfig(values["triangles"], int(values["texture_size"]), values["sculpt"], values["title"], meta)


def _read_formats(_context: click.Context, _option: click.Parameter, value: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(kind.strip().lower() for kind in value.split(",")))
    if unknown := [kind for kind in found if kind not in FILE_KINDS]:
        raise WrongUsage(f"--format: there is no kind '{unknown[0]}': choose from {', '.join(FILE_KINDS)}, with commas")
    return found
