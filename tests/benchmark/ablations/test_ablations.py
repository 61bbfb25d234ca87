"""The study of the paper's ideas: verdicts, and runs that are made once."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from helpers.heads.sphere_shards import make_sphere_views, write_shard
from panic3d.benchmark.ablations.claims import CLAIMS, CONFIGURATIONS, VARIANTS, Claim
from panic3d.benchmark.ablations.commands import ablations
from panic3d.benchmark.ablations.running import AblationStudy, measure_run
from panic3d.benchmark.ablations.table import classify_claim, compute_gains, format_markdown
from panic3d.runtime.errors import UserError

TINY = (
    "steps=2", "batch=2", "validation=1", "bf16=off", "accelerator=cpu", "readers=0", "loss.lpips=0", "log_every=1",
    "model.picture_size=32", "model.backbone.resolution=16", "model.backbone.channel_base=1024",
    "model.backbone.z_dim=8", "model.backbone.w_dim=16", "model.backbone.encoder_width=8", "rays.x=8", "rays.y=8",
    "rays.z=8", "rays.lpips_size=32", "volume.rays=16", "volume.coarse=4", "model.superresolution.size=32",
    "adversarial.network.size=32",
    "adversarial.network.channel_base=256",
)  # fmt: skip
BUILT_OTHERWISE = ("no tagger features", "discriminator")
CLAIM = Claim("idea", "chamfer_mm", False, "full", "less")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ablations")
    balls = {f"ball{i}-00000000": make_sphere_views(0.1 + 0.02 * i, 0.02 * i, 64) for i in range(5)}
    write_shard(folder / "shard-000000.tar", balls)
    return folder


@pytest.mark.parametrize(
    ("without", "expected"),
    [
        ([8.0, 9.0, 7.5], "seen"),
        ([6.0, 6.5, 5.0], "contrary"),
        ([8.0, 6.0, 8.0], "not resolved"),
        ([8.0], "not resolved"),
    ],
)
def test_a_claim_is_seen_if_all_seeds_agree(without: list[float], expected: str) -> None:
    """Less is better: with the idea it is 7."""
    numbers = {"full": [{"chamfer_mm": 7.0}] * 3, "less": [{"chamfer_mm": value} for value in without]}
    assert classify_claim(compute_gains(CLAIM, numbers)) == expected
    assert compute_gains(CLAIM, numbers)[0] == pytest.approx(without[0] - 7)


def test_what_was_not_measured_is_not_judged() -> None:
    assert classify_claim(compute_gains(CLAIM, {"full": [{"chamfer_mm": 7.0}]})) == "not measured"
    assert "not measured" in format_markdown({"full": [{"chamfer_mm": 7.0, "psnr_front": 20.0}]}, "one run")


def test_claims_name_what_there_is() -> None:
    for claim in CLAIMS:
        known = VARIANTS if claim.with_it in VARIANTS else CONFIGURATIONS
        assert {claim.with_it, claim.without_it} <= set(known) | {"stitched"}
    with_two_sides = {name for claim in CLAIMS for name in (claim.with_it, claim.without_it)}
    assert with_two_sides == set(CONFIGURATIONS) | set(VARIANTS), "nothing is trained for no claim"


@pytest.mark.parametrize(
    "name", [name if name in BUILT_OTHERWISE else pytest.param(name, marks=pytest.mark.slow) for name in CONFIGURATIONS]
)
def test_every_configuration_trains(data: Path, tmp_path: Path, name: str) -> None:
    study = AblationStudy(data, tmp_path, minutes=5.0, seeds=1, settings=TINY)
    numbers = measure_run(study, name, 0)
    assert {"chamfer_mm", "psnr_back", "iou_left"} <= numbers.keys()


def test_a_second_call_only_reads_and_another_length_is_another_study(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [
        "--data",
        str(data),
        "--out",
        str(tmp_path),
        "--seeds",
        "2",
        "--only",
        "full",
        "--only",
        "one layer a plane",
    ]
    words += [part for setting in TINY for part in ("--set", setting)]
    first = CliRunner().invoke(ablations, words)
    assert first.exit_code == 0, first.output
    runs = sorted(path.name for path in (tmp_path / "runs").iterdir())
    assert runs == ["full-seed0", "full-seed1", "one-layer-a-plane-seed0", "one-layer-a-plane-seed1"]
    seeds = [json.loads((tmp_path / "runs" / run / "finished.json").read_text())["numbers"] for run in runs[:2]]
    assert seeds[0] != seeds[1]
    table = (tmp_path / "ablations.md").read_text()
    assert "| layers a plane: the back of the head | lpips_back" in table
    assert len((tmp_path / "runs.csv").read_text().splitlines()) == 1 + sum(2 * len(seed) for seed in seeds)

    def refuse(*_: object) -> None:
        raise AssertionError("a finished run was trained again")

    monkeypatch.setattr("panic3d.benchmark.ablations.running.train", refuse)
    second = CliRunner().invoke(ablations, words)
    assert second.exit_code == 0, second.output
    assert (tmp_path / "ablations.md").read_text() == table
    longer = CliRunner().invoke(ablations, [*words, "--minutes", "3"])
    assert isinstance(longer.exception, UserError) and "other settings" in str(longer.exception)
