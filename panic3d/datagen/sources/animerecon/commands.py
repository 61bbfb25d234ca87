"""`panic3d data animerecon`."""

from pathlib import Path

import click

from panic3d.runtime.errors import ItemsFailed, UserError

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("downloads", nargs=-1, required=True, type=click.Path(file_okay=False, path_type=Path))
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Where the pairs go.")
@click.option("--list", "list_file", type=FILE, help="The wanted pairs, franchise/name a line: daredemoE_test.csv.")
@click.option("--names", "names_file", type=FILE, help="A table pair,model,portrait for what names do not tell.")
@click.option("--alignment", type=FILE, help="The authors' fandom_align_alignment.pkl; no code in it is run.")
def animerecon(
    downloads: tuple[Path, ...], out: Path, list_file: Path | None, names_file: Path | None, alignment: Path | None
) -> None:
    """Sort your DOWNLOADS (folders of MMD archives and portraits) into AnimeRecon's pairs.

    Files are matched by name: genshin/albedo is found in genshin/Albedo.zip, genshin/albedo/anything.zip or
    Albedo_Card.png. What is missing is listed by name; OUT/names.csv says what was taken for what, and can be edited
    and given back with --names.
    """
    from panic3d.datagen.sources.animerecon import pairs as rooms
    from panic3d.datagen.sources.animerecon.alignment import read_alignments

    alignments = read_alignments(alignment) if alignment else {}
    listed = rooms.read_list(list_file) if list_file else sorted(alignments) or None
    names = rooms.read_names(names_file) if names_file else {}
    result = rooms.sort_downloads(downloads, out, listed, names, alignments)
    wanted = len(result.pairs) + len(result.missing)
    click.echo(f"{out}: {len(result.pairs)} of {wanted} pairs (the paper has {rooms.PAPER_PAIRS})")
    unaligned = [pair for pair in result.pairs if pair not in alignments]
    if unaligned:
        click.echo(f"  {len(unaligned)} without an alignment of the authors' (--alignment): {', '.join(unaligned[:5])}")
    for pair, lacks in result.missing.items():
        click.echo(f"  missing: {pair}: {lacks}", err=True)
    if not result.pairs:
        raise UserError(f"none of {wanted} pairs is complete; {out / rooms.NAMES} lists them: fill it in, give --names")
    if result.missing:
        raise ItemsFailed(f"{len(result.missing)} of {wanted} pairs are incomplete; {out / rooms.NAMES} lists them")
