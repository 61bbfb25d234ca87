"""`animerecon`: the paper's 68 pairs, from the user's downloads or from the authors' folder tree."""

import sys
from pathlib import Path

import numpy as np
from jaxtyping import Float

from panic3d.benchmark.suites.build import RIG, Members, bind_member, complete, pair_record
from panic3d.benchmark.suites.registration import register_by_outline
from panic3d.datagen.avatars.options import AvatarOptions
from panic3d.datagen.runner.jobs import JobOptions, render_dataset
from panic3d.datagen.runner.sample import RenderOptions
from panic3d.datagen.sources.animerecon.pairs import PAIRS, PAPER_PAIRS, Pair, read_pairs, sort_downloads
from panic3d.datagen.sources.official.import_tree import ImportOptions, import_tree
from panic3d.datagen.sources.official.tree import Tree
from panic3d.runtime.threads import usable_cores
from panic3d.shards.manifest import Manifest
from panic3d.shards.schema import key_of, read_png

NAME = "animerecon"
OPTIONS = AvatarOptions(fit=False)
"""An MMD model is as large as its unit says; drawings are aligned to it as it is."""


def build_animerecon(origin: Path, out: Path, jobs: JobOptions) -> Manifest:
    """From the authors' tree (`_data/lustrous`), a folder of `panic3d data animerecon`, or plain downloads.

    UserError where `origin` is none of them.
    """
    if (origin / "renders" / "daredemoE").is_dir():
        manifest = _from_tree(Tree(origin, "animerecon"), out, jobs)
    else:
        if not (origin / PAIRS).is_file():
            found = sort_downloads([origin], out / "pairs", None, {}, {})
            for pair, lacks in found.missing.items():
                print(f"  missing: {pair}: {lacks}", file=sys.stderr)
            origin = out / "pairs"
        manifest = _from_downloads(read_pairs(origin), out, jobs)
    count = len(manifest.with_status("ok"))
    if count != PAPER_PAIRS:
        print(f"{count} pairs; the paper has {PAPER_PAIRS}: its numbers are over all of them", file=sys.stderr)
    return manifest


def _from_tree(tree: Tree, out: Path, jobs: JobOptions) -> Manifest:
    """The authors' own renders and portraits; truth is the model in the tree."""
    options = ImportOptions(
        per_shard=jobs.per_shard, workers=jobs.workers or usable_cores(), retry_failed=jobs.retry_failed
    )
    imported = import_tree(tree, out, options)
    for line in imported.missing:
        print(f"  missing: {line}", file=sys.stderr)

    def bind(key: str, members: Members) -> dict[str, bytes]:
        model = tree.extras(imported.manifest.records[key].source)["model"]
        return bind_member(tree.root / model, AvatarOptions())

    complete(out, imported.manifest, bind, {"name": NAME}, lacking="bind.glb")
    return imported.manifest


def _from_downloads(pairs: list[Pair], out: Path, jobs: JobOptions) -> Manifest:
    """Models rendered here, with the drawings beside them."""
    options = RenderOptions(rig=RIG, mesh=True, avatar=OPTIONS)
    of_key = {key_of(pair.model): pair for pair in pairs}
    manifest = render_dataset([pair.model for pair in pairs], out, options, jobs)

    def completing(key: str, members: Members) -> dict[str, bytes]:
        pair = of_key[key]
        drawing = pair.portrait.read_bytes()
        matrix, origin = _alignment(pair, drawing, members)
        roi = pair.alignment.roi if pair.alignment else None
        return {
            "portrait.png": drawing,
            "pair.json": pair_record(matrix, roi, pair.franchise, None, origin),
            **bind_member(pair.model, OPTIONS),
        }

    complete(out, manifest, completing, {"name": NAME})
    return manifest


def _alignment(pair: Pair, drawing: bytes, members: Members) -> tuple[Float[np.ndarray, "3 3"], str]:
    if pair.alignment is not None:
        return pair.alignment.canonical_from_portrait, "the authors'"
    return register_by_outline(read_png(drawing), read_png(members["front.rgba.png"])), "by outline"
