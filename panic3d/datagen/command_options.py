"""Options that several commands share because they render avatars."""

import click

from panic3d.datagen.engines.availability import ENGINES

facing_option = click.option(
    "--facing",
    default="+z",
    show_default=True,
    type=click.Choice(["+z", "-z"]),
    help="The axis that characters in plain glTF files face. -z also turns a VRM whose arms say that it faces "
    "backwards.",
)
engine_option = click.option(
    "--engine",
    type=click.Choice(ENGINES),
    help="The library that renders.  [default: cycles, or pyrender where Blender has no wheel]",
)
