"""`panic3d data import-official`: the authors' folder tree as a dataset folder, with their splits by id."""

from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from panic3d.cameras.axes import IMAGE_SIZE
from panic3d.datagen.sources.official.sample import make_key, make_members
from panic3d.datagen.sources.official.tree import OfficialTree, Part
from panic3d.runtime.files import convert_to_user_errors, write_atomically
from panic3d.runtime.progress import Progress
from panic3d.shards.builder import BuildOptions, DatasetBuilder, DatasetSettings
from panic3d.shards.executors import Executor, InProcessExecutor, ProcessExecutor, SampleJob
from panic3d.shards.manifest import Manifest

RIGS = {"vroid": "ortho5,persp8", "animerecon": "ortho4,spin12"}
MISSING_FILE = "missing.txt"


@dataclass(frozen=True)
class ImportOptions:
    """How a tree is imported. Nothing here but `size` changes a byte of the shards."""

    size: int = IMAGE_SIZE
    """Side of the authors' pictures in pixels."""
    per_shard: int = 64
    workers: int = 1
    retry_failed: bool = False


@dataclass(frozen=True)
class ImportResult:
    """The outcome of an import."""

    manifest: Manifest
    splits: dict[str, list[str]]
    missing: list[str]
    """The missing files, relative to the tree; for files about all samples also what the import does without them."""
    absent: list[str]
    """The listed ids without a front view, of which nothing can be imported."""


@dataclass(frozen=True)
class _TreeContents:
    keys: dict[str, str]
    """Key to id."""
    missing: list[str]
    absent: list[str]


def import_tree(tree: OfficialTree, folder: Path, options: ImportOptions) -> ImportResult:
    """Import the samples of a tree that are missing in `folder`.

    Raises UserError where `tree` is not the authors' tree, `folder` holds another kind of dataset or the disk is full,
    Interrupted after Ctrl-C.
    """
    settings = DatasetSettings(RIGS[tree.part], options.size, f"official-{tree.render_set}", {"part": tree.part})
    build = BuildOptions(options.per_shard, options.retry_failed)
    with convert_to_user_errors(folder):
        contents = _examine(tree)
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / MISSING_FILE, "".join(f"{line}\n" for line in contents.missing).encode())
    key_of_id = {sample: key for key, sample in contents.keys.items()}
    splits = {
        name: sorted(key_of_id[sample] for sample in listed if sample in key_of_id)
        for name, listed in tree.splits.items()
        if name != "all"
    }
    convert = partial(convert_sample, tree.root, tree.part, options.size)

    def make_executor(count: int) -> Executor:
        if options.workers == 1:
            return InProcessExecutor(convert)
        return ProcessExecutor(convert, min(options.workers, count))

    manifest = DatasetBuilder(folder, settings, build, "import").build(contents.keys, make_executor, splits=splits)
    return ImportResult(manifest, splits, contents.missing, contents.absent)


def _examine(tree: OfficialTree) -> _TreeContents:
    """Find out which ids can be imported and which files are missing."""
    ids = tree.ids()
    missing = tree.list_missing_lists()
    keys: dict[str, str] = {}
    absent = []
    with Progress("examine", len(ids)) as progress:
        for sample in ids:
            needed, optional = tree.list_missing(sample)
            missing += needed + optional
            if tree.views(sample)[0].colour in needed:
                absent.append(sample)
            else:
                keys[make_key(tree, sample)] = sample
            progress.step()
    return _TreeContents(keys, missing, absent)


open_tree = cache(OfficialTree)
"""Opens a tree once per process: workers receive its path and keep what they have read of it."""


def convert_sample(root: Path, part: Part, size: int, job: SampleJob) -> dict[str, bytes]:
    """Make the members of the sample whose id is the job's source."""
    return make_members(open_tree(root, part), job.source, size)
