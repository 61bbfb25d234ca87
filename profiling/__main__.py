"""`python -m profiling [NAME [OPTIONS]]`: one bench with its own options, or all of them with their defaults."""

import importlib
import os

import click

from panic3d.runtime.errors import UserError
from profiling.table import Table

os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")  # as the command line has it, before torch is imported
BENCHES = {
    "rendering": "Seconds an avatar, and silhouettes, beside a plain Blender script.",
    "reconstruction": "Seconds of the published configuration: quick paths beside the plain ones.",
    "methods": "What each method costs, a portrait and a training step.",
    "reading": "Training batches from shards, beside decoding alone and plain webdataset.",
    "tagger": "Average precision of the small tagger's tags, beside chance.",
    "scoring": "CPU seconds a pair of the benchmark, metric by metric.",
}


class Benches(click.Group):
    """Imports a bench when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(BENCHES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in BENCHES:
            return None
        command: click.Command = importlib.import_module(f"profiling.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Benches"):
            formatter.write_dl(list(BENCHES.items()))


@click.group(cls=Benches, invoke_without_command=True)
@click.pass_context
def bench(context: click.Context) -> None:
    """Measure, each beside a named peer in the same run. Without a name: everything."""
    if context.invoked_subcommand is None:
        for name in BENCHES:
            command = bench.get_command(context, name)
            assert command is not None
            show(command.main([], prog_name=f"bench {name}", standalone_mode=False))


@bench.result_callback()
def show(tables: list[Table] | None) -> None:
    for table in tables or []:
        click.echo(table.text())


def main() -> None:
    try:
        bench()
    except UserError as error:
        click.echo(f"bench: {error}", err=True)
        raise SystemExit(error.exit_code) from None


if __name__ == "__main__":
    main()
