"""The suite `animerecon`: the paper's 68 pairs, from the user's downloads or from the authors' folder tree."""

import logging
from pathlib import Path

import numpy as np
from jaxtyping import Float

from panic3d.benchmark.suites.build import RIG, complete_suite, make_bind_member, make_pair_record
from panic3d.benchmark.suites.registration import register_by_outline
from panic3d.datagen.avatars.options import AvatarOptions
from panic3d.datagen.engines.availability import Engine
from panic3d.datagen.runner.jobs import JobOptions, render_dataset
from panic3d.datagen.runner.sample import RenderOptions
from panic3d.datagen.sources.animerecon.pairs import PAIRS_FILE, PAPER_PAIRS, Pair, load_pairs, sort_downloads
from panic3d.datagen.sources.official.import_tree import ImportOptions, import_tree
from panic3d.datagen.sources.official.tree import OfficialTree
from panic3d.runtime.threads import count_usable_cores
from panic3d.shards.completion import Members
from panic3d.shards.manifest import Manifest
from panic3d.shards.schema import make_source_key, read_png

logger = logging.getLogger(__name__)
NAME = "animerecon"
AVATAR_OPTIONS = AvatarOptions(fit=False)
"""MMD models keep their size in the unit of the format, because the drawings are aligned to it."""


def build_animerecon(origin: Path, out: Path, engine: Engine, jobs: JobOptions) -> Manifest:
    """Build the suite in the folder `out` and return its manifest.

    `origin` is the folder tree of the authors (`_data/lustrous`), a folder of `panic3d data animerecon`, or a folder of
    downloads. Raises UserError if it is none of them.
    """
    if (origin / "renders" / "daredemoE").is_dir():
        manifest = _build_from_tree(OfficialTree(origin, "animerecon"), out, jobs)
    else:
        if not (origin / PAIRS_FILE).is_file():
            found = sort_downloads([origin], out / "pairs", None, {}, {})
            for pair, lacks in found.missing.items():
                logger.warning("  missing: %s: %s", pair, lacks)
            origin = out / "pairs"
        manifest = _build_from_downloads(load_pairs(origin), out, engine, jobs)
    count = len(manifest.with_status("ok"))
    if count != PAPER_PAIRS:
        logger.warning("%d pairs; the paper has %d: its numbers are over all of them", count, PAPER_PAIRS)
    return manifest


def _build_from_tree(tree: OfficialTree, out: Path, jobs: JobOptions) -> Manifest:
    """Import the renders and portraits of the authors. The true mesh comes from the model in the tree."""
    options = ImportOptions(
        per_shard=jobs.per_shard, workers=jobs.workers or count_usable_cores(), retry_failed=jobs.retry_failed
    )
    imported = import_tree(tree, out, options)
    for line in imported.missing:
        logger.warning("  missing: %s", line)

    def make_bind(key: str, members: Members) -> dict[str, bytes]:
        model = tree.extras(imported.manifest.records[key].source)["model"]
        return make_bind_member(tree.root / model, AvatarOptions())

    complete_suite(out, imported.manifest, make_bind, {"name": NAME}, marker="bind.glb")
    return imported.manifest


def _build_from_downloads(pairs: list[Pair], out: Path, engine: Engine, jobs: JobOptions) -> Manifest:
    """Render the models and add the drawings."""
    options = RenderOptions(rig=RIG, engine=engine, mesh=True, avatar=AVATAR_OPTIONS)
    pair_of_key = {make_source_key(pair.model): pair for pair in pairs}
    manifest = render_dataset([pair.model for pair in pairs], out, options, jobs)

    def make_pair(key: str, members: Members) -> dict[str, bytes]:
        pair = pair_of_key[key]
        drawing = pair.portrait.read_bytes()
        matrix, origin = _find_alignment(pair, drawing, members)
        roi = pair.alignment.roi if pair.alignment else None
        return {
            "portrait.png": drawing,
            "pair.json": make_pair_record(matrix, roi, pair.franchise, None, origin),
            **make_bind_member(pair.model, AVATAR_OPTIONS),
        }

    complete_suite(out, manifest, make_pair, {"name": NAME})
    return manifest


def _find_alignment(pair: Pair, drawing: bytes, members: Members) -> tuple[Float[np.ndarray, "3 3"], str]:
    if pair.alignment is not None:
        return pair.alignment.canonical_from_portrait, "the authors'"
    return register_by_outline(read_png(drawing), read_png(members["front.rgba.png"])), "by outline"
