"""`DatasetBuilder`: one run, ranks, executors, stopped and repeated runs give the same folder, for every user of it."""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from jaxtyping import UInt8
from PIL import Image

from helpers.heads.drawn_shards import draw_character
from helpers.sites.official_tree import write_vroid
from panic3d.benchmark.suites.build import make_pair_record
from panic3d.datagen.sources.official.import_tree import ImportOptions, import_tree
from panic3d.datagen.sources.official.tree import OfficialTree
from panic3d.datasets.inspection import find_problems
from panic3d.models.portrait import drawn_dataset
from panic3d.models.portrait.faces.face import Face
from panic3d.models.portrait.faces.mean_face import MEAN_FACE
from panic3d.runtime.errors import Interrupted, ItemsFailed, UserError, name_stage
from panic3d.shards.builder import BuildOptions, DatasetBuilder, DatasetSettings, assign_keys, finish_folder
from panic3d.shards.completion import add_members
from panic3d.shards.executors import (
    Executor,
    InProcessExecutor,
    ProcessExecutor,
    SampleError,
    SampleJob,
    SampleResult,
    SampleSkipped,
)
from panic3d.shards.manifest import load_manifest
from panic3d.shards.outcome import report_outcome
from panic3d.shards.plan import load_dataset_info

SETTINGS = DatasetSettings("ortho4", 64, "none", {"colour": "red"})
SOURCES = {f"sample{i}-00000000": f"source {i}" for i in range(7)}
PER_SHARD = 3


def make_members(job: SampleJob) -> dict[str, bytes]:
    """Two members of a source; sources 2 and 4 cannot be used."""
    number = int(job.source.split()[1])
    if number == 2:
        raise SampleSkipped("not wanted")
    if number == 4:
        raise SampleError("not readable")
    return {"meta.json": json.dumps({"source": job.source, "views": {}}).encode(), "data.bin": bytes(number)}


class StoppedExecutor:
    """An executor whose user presses Ctrl-C after some samples; the next one was stored, but not reported."""

    def __init__(self, executor: Executor, count: int) -> None:
        self.executor, self.count = executor, count

    def run(self, jobs: Sequence[SampleJob]) -> Iterator[tuple[SampleJob, SampleResult]]:
        for done, answer in enumerate(self.executor.run(jobs)):
            if done == self.count:
                raise KeyboardInterrupt
            yield answer

    def close(self) -> None:
        self.executor.close()


class ReversedExecutor(InProcessExecutor):
    """Finishes the last job first."""

    def run(self, jobs: Sequence[SampleJob]) -> Iterator[tuple[SampleJob, SampleResult]]:
        return super().run(jobs[::-1])


def build(
    folder: Path,
    make_executor: Callable[[], Executor] = lambda: InProcessExecutor(make_members),
    rank: int = 0,
    world_size: int = 1,
    retry_failed: bool = False,
    settings: DatasetSettings = SETTINGS,
) -> None:
    options = BuildOptions(PER_SHARD, retry_failed, rank, world_size)
    DatasetBuilder(folder, settings, options).build(SOURCES, lambda count: make_executor())


def contents(folder: Path) -> dict[str, bytes]:
    """The shards and `dataset.json`, and the manifest without times. Nothing else may be in the folder."""
    found = {path.name: path.read_bytes() for path in folder.iterdir() if path.name not in (".partial", "missing.txt")}
    assert not [path for path in (folder / ".partial").rglob("*") if path.is_file()]
    assert not [name for name in found if name.endswith(".tmp")]
    del found["index.parquet"]
    records = [json.loads(line) for line in found.pop("manifest.jsonl").splitlines()]
    times = {"seconds": 0, "peak_mb": 0, "attempts": 0}
    return found | {"manifest.jsonl": json.dumps([record | times for record in records]).encode()}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The folder that a single undisturbed run makes."""
    folder = tmp_path_factory.mktemp("one") / "D"
    build(folder)
    found = contents(folder)
    assert sorted(found) == ["dataset.json", "manifest.jsonl", *(f"shard-{i:06d}.tar" for i in range(3))]
    statuses = [record["status"] for record in json.loads(found["manifest.jsonl"])]
    assert statuses == ["ok", "ok", "skipped", "ok", "failed", "ok", "ok"]
    return found


def test_executors_and_their_order_make_the_same_folder(tmp_path: Path, expected: dict[str, bytes]) -> None:
    build(tmp_path / "reversed", lambda: ReversedExecutor(make_members))
    build(tmp_path / "processes", lambda: ProcessExecutor(make_members, 2))
    assert contents(tmp_path / "reversed") == contents(tmp_path / "processes") == expected


@pytest.mark.parametrize("world_size", [2, 5])
def test_ranks_make_the_folder_of_one_run(tmp_path: Path, expected: dict[str, bytes], world_size: int) -> None:
    folder = tmp_path / "D"
    for rank in range(world_size):
        build(folder, rank=rank, world_size=world_size)
    manifest = load_manifest(folder)
    manifest.compact()
    finish_folder(folder, load_dataset_info(folder), manifest)
    for path in folder.glob("manifest.*.jsonl"):
        path.unlink()
    assert contents(folder) == expected


@pytest.mark.parametrize("count", range(7))
def test_a_stopped_run_is_continued(tmp_path: Path, expected: dict[str, bytes], count: int) -> None:
    folder = tmp_path / "D"
    with pytest.raises(Interrupted):
        build(folder, lambda: StoppedExecutor(InProcessExecutor(make_members), count))
    build(folder)
    assert contents(folder) == expected


def test_a_shard_waits_for_every_sample_that_is_tried_again(tmp_path: Path, expected: dict[str, bytes]) -> None:
    """Workers store the samples that come next while a shard is written, which removes what waits in its folder."""
    folder, shards = tmp_path / "D", []

    class WatchedExecutor(InProcessExecutor):
        def run(self, jobs: Sequence[SampleJob]) -> Iterator[tuple[SampleJob, SampleResult]]:
            for answer in super().run(jobs):
                shards.append((answer[0].group, len(list(folder.glob("shard-*.tar")))))
                yield answer

    def fail(job: SampleJob) -> dict[str, bytes]:
        raise SampleError("not readable")

    build(folder, lambda: InProcessExecutor(fail))
    build(folder, lambda: WatchedExecutor(make_members), retry_failed=True)
    assert shards == [(0, 0), (0, 0), (0, 0), (1, 1), (1, 1), (1, 1), (2, 2)]
    assert contents(folder) == expected


def test_one_run_continues_the_ranks_of_another(tmp_path: Path, expected: dict[str, bytes]) -> None:
    folder = tmp_path / "D"
    build(folder, rank=1, world_size=2)
    build(folder)
    (folder / "manifest.1.jsonl").unlink()
    assert contents(folder) == expected


def flip_header_bit(shard: Path) -> None:
    """Flip a bit in the header of the first member."""
    data = bytearray(shard.read_bytes())
    data[3] ^= 1
    shard.write_bytes(data)


def test_samples_of_a_damaged_shard_are_made_again(tmp_path: Path, expected: dict[str, bytes]) -> None:
    folder = tmp_path / "D"
    build(folder)
    for shard in folder.glob("shard-*.tar"):
        flip_header_bit(shard)
    build(folder)
    assert contents(folder) == expected


def test_a_damaged_shard_is_kept_while_its_sources_are_missing(tmp_path: Path, expected: dict[str, bytes]) -> None:
    folder = tmp_path / "D"
    build(folder)
    flip_header_bit(folder / "shard-000000.tar")
    (folder / "shard-000002.tar").unlink()
    damaged = (folder / "shard-000000.tar").read_bytes()
    (fault, *_) = find_problems(folder, load_dataset_info(folder))
    assert "shard-000000.tar has a damaged header before its first sample with 1 complete samples" in fault
    assert f"lost: sample0-00000000; the same `panic3d render ... --out {folder}` repairs it" in fault
    few = {key: SOURCES[key] for key in ("sample5-00000000",)}
    for _ in range(2):
        options = BuildOptions(PER_SHARD)
        manifest = DatasetBuilder(folder, SETTINGS, options).build(few, lambda count: InProcessExecutor(make_members))
        lost = [record for record in manifest.records.values() if record.is_lost]
        assert [record.key for record in lost] == ["sample0-00000000", "sample6-00000000"]
        with pytest.raises(ItemsFailed):
            report_outcome(folder, manifest.records.values(), "samples")
        assert (folder / "shard-000000.tar.broken").read_bytes() == damaged
        problems = find_problems(folder, load_dataset_info(folder))
        assert [problem.partition("; the same")[0] for problem in problems] == [
            "shard shard-000000.tar was damaged; lost: sample0-00000000",
            "shard shard-000002.tar is missing; lost: sample6-00000000",
        ]
    build(folder)
    assert contents(folder) == expected


def test_failed_samples_are_tried_again_only_on_request(tmp_path: Path) -> None:
    folder, jobs = tmp_path / "D", []
    build(folder)

    def repaired(job: SampleJob) -> dict[str, bytes]:
        jobs.append(job.key)
        return {"meta.json": b"{}"}

    build(folder, lambda: InProcessExecutor(repaired))
    assert jobs == []
    build(folder, lambda: InProcessExecutor(repaired), retry_failed=True)
    assert jobs == ["sample4-00000000"]
    record = load_manifest(folder).records["sample4-00000000"]
    assert (record.status, record.attempts) == ("ok", 2)
    assert [shard["samples"] for shard in load_dataset_info(folder).shards] == [2, 3, 1]


def test_other_settings_are_refused_and_new_options_have_defaults(tmp_path: Path) -> None:
    folder = tmp_path / "D"
    build(folder)
    for other in (
        DatasetSettings("ortho4", 128, "none", {"colour": "red"}),
        DatasetSettings("ortho4", 64, "none", {"colour": "blue"}),
        DatasetSettings("ortho4", 64, "none", {"colour": "red", "shape": "round"}, {"shape": "square"}),
    ):
        with pytest.raises(UserError, match=r"was made with (size 64|colour red|shape square)"):
            build(folder, settings=other)
    build(folder, settings=DatasetSettings("ortho4", 64, "none", {"colour": "red", "shape": "x"}, {"shape": "x"}))


def test_unreadable_files_are_recorded_once(tmp_path: Path) -> None:
    (tmp_path / "good").write_bytes(b"source 1")
    files = [tmp_path / "good", tmp_path / "gone"]
    executor = InProcessExecutor(lambda job: {"meta.json": Path(job.source).read_bytes()})
    for _ in range(2):
        sources, unreadable = assign_keys(files)
        assert list(sources.values()) == [tmp_path / "good"]
        builder = DatasetBuilder(tmp_path / "D", SETTINGS)
        manifest = builder.build(sources, lambda count: executor, unreadable)
        assert {record.status for record in manifest.records.values()} == {"ok", "failed"}
        assert manifest.records["gone-unreadable"].reason.startswith(f"{tmp_path / 'gone'} cannot be read")
    files.pop()
    manifest = builder.build(assign_keys(files)[0], lambda count: executor)
    assert [record.status for record in manifest.records.values()] == ["ok"]


def test_an_unexpected_error_names_its_stage_and_its_traceback_is_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    @name_stage("rendering the views")
    def fail(job: SampleJob) -> dict[str, bytes]:
        with name_stage("drawing the portrait"):
            raise TypeError(f"unsupported operand \n {'x' * 1000}")

    (tmp_path / "a").write_bytes(b"source 1")
    builder = DatasetBuilder(tmp_path / "D", SETTINGS)
    with caplog.at_level("DEBUG", "panic3d"):
        manifest = builder.build(assign_keys([tmp_path / "a"])[0], lambda count: InProcessExecutor(fail))
    (record,) = manifest.records.values()
    assert record.reason.startswith("drawing the portrait failed with an error that panic3d does not know (TypeError)")
    assert len(record.reason) <= 300 and "unsupported" not in record.reason
    assert "unsupported operand" in caplog.text and "Traceback" in caplog.text


def test_an_import_in_one_run_and_in_a_stopped_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_vroid(tmp_path / "tree", {"train": ["1000050438984538391"], "val": ["77777770", "88888885"]}, 32)
    tree = OfficialTree(tmp_path / "tree", "vroid")
    import_tree(tree, tmp_path / "one", ImportOptions(32, per_shard=2))
    import_tree(tree, tmp_path / "processes", ImportOptions(32, per_shard=2, workers=2))
    module = "panic3d.datagen.sources.official.import_tree.InProcessExecutor"
    with monkeypatch.context() as patch, pytest.raises(Interrupted):
        patch.setattr(module, lambda make: StoppedExecutor(InProcessExecutor(make), 1))
        import_tree(tree, tmp_path / "stopped", ImportOptions(32, per_shard=2))
    import_tree(tree, tmp_path / "stopped", ImportOptions(32, per_shard=2))
    assert contents(tmp_path / "one") == contents(tmp_path / "processes") == contents(tmp_path / "stopped")


class FrontalDetector:
    """Finds the mean face in the middle of every picture."""

    def faces(self, rgb: UInt8[np.ndarray, "H W 3"]) -> list[Face]:
        return [Face(MEAN_FACE * 60 + 360, 1.0)]


def test_aligned_drawings_in_one_run_and_in_a_stopped_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(3):
        Image.fromarray(draw_character(seed)[1]).resize((512, 512)).save(tmp_path / f"{seed}.png")
    pictures = drawn_dataset.find_pictures([tmp_path])

    def align(folder: Path) -> None:
        drawn_dataset.align_drawings(pictures, folder, drawn_dataset.DrawnOptions(), FrontalDetector(), per_shard=2)

    align(tmp_path / "one")
    with monkeypatch.context() as patch, pytest.raises(Interrupted):
        patch.setattr(drawn_dataset, "InProcessExecutor", lambda make: StoppedExecutor(InProcessExecutor(make), 1))
        align(tmp_path / "stopped")
    align(tmp_path / "stopped")
    assert contents(tmp_path / "one") == contents(tmp_path / "stopped")


def test_a_suite_in_one_pass_and_in_a_stopped_one(tmp_path: Path) -> None:
    build(tmp_path / "one")
    shutil.copytree(tmp_path / "one", tmp_path / "stopped")
    calls: list[str] = []

    def make_pair(key: str, members: object) -> dict[str, bytes]:
        calls.append(key)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return {"pair.json": make_pair_record(franchise=key)}

    with pytest.raises(KeyboardInterrupt):
        add_members(tmp_path / "stopped", load_manifest(tmp_path / "stopped"), make_pair, "pair.json")
    for name in ("stopped", "one"):
        add_members(tmp_path / name, load_manifest(tmp_path / name), make_pair, "pair.json", remove=("data.bin",))
    first = tmp_path / "stopped" / "shard-000000.tar"
    assert b"data.bin" in first.read_bytes(), "a shard that was complete before is left as it is"
    for name in ("shard-000001.tar", "shard-000002.tar"):
        assert (tmp_path / "stopped" / name).read_bytes() == (tmp_path / "one" / name).read_bytes()
