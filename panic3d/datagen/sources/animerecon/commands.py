"""`panic3d data animerecon`."""

from pathlib import Path

import click

from panic3d.runtime.errors import ItemsFailed, UserError

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("downloads", nargs=-1, required=True, type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to write the pairs to."
)
@click.option(
    "--list",
    "list_file",
    type=FILE,
    help="File with the wanted pairs, one franchise/name per line, such as the authors' daredemoE_test.csv.",
)
@click.option(
    "--names",
    "names_file",
    type=FILE,
    help="CSV file with the columns pair, model, portrait, for files that cannot be found by name.",
)
@click.option("--alignment", type=FILE, help="The authors' fandom_align_alignment.pkl. No code in it is run.")
def animerecon(
    downloads: tuple[Path, ...], out: Path, list_file: Path | None, names_file: Path | None, alignment: Path | None
) -> None:
    """Sort your DOWNLOADS (folders of MMD archives and portraits) into the pairs of AnimeRecon.

    Files are found by name: genshin/albedo matches genshin/Albedo.zip, genshin/albedo/anything.zip and
    Albedo_Card.png. Missing files are listed. OUT/names.csv has the files of each pair; edit it and pass it with
    --names to correct them.
    """
    from panic3d.datagen.sources.animerecon import pairs as animerecon_pairs
    from panic3d.datagen.sources.animerecon.alignment import load_alignments

    alignments = load_alignments(alignment) if alignment else {}
    listed = animerecon_pairs.read_list(list_file) if list_file else sorted(alignments) or None
    names = animerecon_pairs.read_names(names_file) if names_file else {}
    result = animerecon_pairs.sort_downloads(downloads, out, listed, names, alignments)
    wanted = len(result.pairs) + len(result.missing)
    click.echo(f"{out}: {len(result.pairs)} of {wanted} pairs (the paper has {animerecon_pairs.PAPER_PAIRS})")
    unaligned = [pair for pair in result.pairs if pair not in alignments]
    if unaligned:
        click.echo(f"  {len(unaligned)} without an alignment by the authors (--alignment): {', '.join(unaligned[:5])}")
    for pair, lacks in result.missing.items():
        click.echo(f"  missing: {pair}: {lacks}", err=True)
    if not result.pairs:
        raise UserError(
            f"none of {wanted} pairs is complete; {out / animerecon_pairs.NAMES_FILE} lists them: complete it and "
            "pass it with --names"
        )
    if result.missing:
        raise ItemsFailed(
            f"{len(result.missing)} of {wanted} pairs are incomplete; {out / animerecon_pairs.NAMES_FILE} lists them"
        )
