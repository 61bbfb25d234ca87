"""Options that several commands share because they render avatars, or share their work among processes."""

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
rank_option = click.option(
    "--rank",
    default=0,
    show_default=True,
    type=click.IntRange(0),
    help="The number of this process among --world-size processes.",
)
world_size_option = click.option(
    "--world-size",
    default=1,
    show_default=True,
    type=click.IntRange(1),
    help="The number of processes, on one or several machines, that share this work.",
)
executor_option = click.option(
    "--executor",
    default="local",
    show_default=True,
    type=click.Choice(["local", "ray"]),
    help="Where the workers run: on this machine, or on the Ray cluster of RAY_ADDRESS (a local one if not set).",
)
