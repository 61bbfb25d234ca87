"""`python -m profiling [NAME [OPTIONS]]`: run one benchmark with its options, or all with their defaults."""

import importlib
import os

import click

from panic3d.runtime.errors import UserError
from profiling.table import Table

os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")  # as the command line sets it, before torch is imported
BENCHMARKS = {
    "rendering": "Seconds per avatar, and silhouettes, beside a plain Blender script.",
    "reconstruction": "Seconds of the published configuration: the fast paths beside the plain ones.",
    "methods": "What each method costs, per portrait and per training step.",
    "reading": "Training batches from shards, beside decoding alone and plain webdataset.",
    "tagger": "Average precision of the small tagger's tags, beside chance.",
    "training_cost": "Operations of a training step of `paper`, and hours on GPUs worked out from them.",
    "workers": "Seconds of `benchmark run` with two workers beside one, and what a worker's start takes.",
    "scoring": "CPU seconds per pair of the benchmark, metric by metric.",
}


class BenchmarkGroup(click.Group):
    """A group that imports a benchmark only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(BENCHMARKS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in BENCHMARKS:
            return None
        command: click.Command = importlib.import_module(f"profiling.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Benchmarks"):
            formatter.write_dl(list(BENCHMARKS.items()))


@click.group(cls=BenchmarkGroup, invoke_without_command=True)
@click.pass_context
def benchmarks(context: click.Context) -> None:
    """Measure the speed of this project beside named peers, in the same run. Without a name every benchmark runs."""
    if context.invoked_subcommand is None:
        for name in BENCHMARKS:
            command = benchmarks.get_command(context, name)
            assert command is not None
            print_tables(command.main([], prog_name=f"profiling {name}", standalone_mode=False))


@benchmarks.result_callback()
def print_tables(tables: list[Table] | None) -> None:
    """Print the tables that a benchmark returns."""
    for table in tables or []:
        click.echo(table.format())


def main() -> None:
    """Run the command; a UserError is one sentence and an exit code."""
    try:
        benchmarks(prog_name="python -m profiling")
    except UserError as error:
        click.echo(f"profiling: {error}", err=True)
        raise SystemExit(error.exit_code) from None


if __name__ == "__main__":
    main()
