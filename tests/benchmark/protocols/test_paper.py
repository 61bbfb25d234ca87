"""Protocol paper: each switch matters, and all off is plain."""

from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from helpers.heads.small_suite import make_paper_suite
from helpers.requirements import needs_igl
from panic3d.benchmark.commands import benchmark
from panic3d.benchmark.metrics.clip import ClipEncoder
from panic3d.benchmark.metrics.mean_interval import PairValues
from panic3d.benchmark.metrics.published import Roi
from panic3d.benchmark.metrics.surface import TriangleSurface
from panic3d.benchmark.predictions import Prediction, quantise_rgb, write_prediction
from panic3d.benchmark.protocols.paper import PaperProtocol, PaperSwitches, describe_switches
from panic3d.benchmark.protocols.protocol import load_protocol
from panic3d.benchmark.suites.suite import PairTruth, Suite
from panic3d.geometry.glb import decode_glb
from panic3d.geometry.raycast import MeshReconstruction
from panic3d.runtime.errors import WrongUsage
from panic3d.weights.lpips import Lpips

pytestmark = needs_igl

ON = PaperSwitches()
PICTURES = ("front_psnr", "back_psnr", "spin_psnr")


class MeanSquare(torch.nn.Module):
    """Stands in for LPIPS where only its input range is in question."""

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return (x - y).square().mean(dim=(1, 2, 3))


def column_means(pictures: torch.Tensor) -> torch.Tensor:
    """Stands in for CLIP: what it says depends on where the columns of a picture went."""
    return pictures.mean(dim=(1, 2))


def off(name: str) -> PaperSwitches:
    return replace(ON, **{name: False})


def protocol(switches: PaperSwitches = ON) -> PaperProtocol:
    return replace_networks(PaperProtocol(switches))


def replace_networks(paper: PaperProtocol) -> PaperProtocol:
    paper.lpips, paper.clip = Lpips(MeanSquare()), ClipEncoder(column_means, "0" * 64)
    return paper


@pytest.fixture(scope="module")
def truth() -> PairTruth:
    suite = Suite(make_paper_suite())
    return suite.truth(suite.keys[0])


@pytest.fixture(scope="module")
def prediction(truth: PairTruth, tmp_path_factory: pytest.TempPathFactory) -> Prediction:
    """The true mesh a little smaller, moved and darker."""
    folder = tmp_path_factory.mktemp("paper") / truth.key
    mesh = decode_glb(truth.archive.read(truth.key, "mesh.glb"))
    moved = replace(mesh, vertices_head_m=mesh.vertices_head_m * np.float32(0.97) + np.array([0.004, 0, 0], np.float32))
    dark = replace(moved, colours=(moved.colours * 0.9).astype(np.uint8))
    write_prediction(folder, MeshReconstruction(dark))
    return Prediction(folder)


@pytest.fixture(scope="module")
def numbers(truth: PairTruth, prediction: Prediction) -> dict[str, float]:
    scores = protocol().score(truth, prediction)
    assert not scores.faults and not scores.skipped
    assert set(scores.numbers) == {column.name for column in protocol().columns}
    return scores.numbers


@pytest.mark.parametrize(
    ("switch", "changed", "kept"),
    [
        ("roi_crop", (*PICTURES, "cd"), ()),
        ("mirrored_truth_roi", ("cd", "f1_5mm"), PICTURES),
        ("lpips_in_0_1", ("front_lpips", "spin_lpips"), ("front_psnr", "cd")),
        ("clip_centre_crop", ("front_clip", "spin_clip"), ("front_psnr", "cd")),
        ("bind_pose", ("cd", "f1_5mm"), PICTURES),
        ("winding_innards", ("cd",), PICTURES),
        ("whole_triangles", ("cd",), PICTURES),
    ],
)
def test_a_switch_changes_its_numbers_and_no_others(
    truth: PairTruth, prediction: Prediction, numbers: dict[str, float], switch: str, changed: tuple, kept: tuple
) -> None:
    paper = protocol(off(switch))
    found: dict[str, float] = {}
    if set(changed) & {"cd", "f1_5mm"} or "cd" in kept:
        found |= paper.score_mesh(truth, prediction)
    for group, view in (("front", "front"), ("back", "back"), ("spin", "spin000")):
        both = [p.score_view(group, view, truth, prediction) for p in (protocol(), paper)]
        found |= {f"{group}_{kind}": value for kind, value in both[1].items()}
        numbers = numbers | {f"{group}_{kind}": value for kind, value in both[0].items()}
    for name in changed:
        assert abs(found[name] - numbers[name]) > 1e-4 * abs(numbers[name]), name
    for name in kept:
        assert found[name] == numbers[name], name


def test_what_lpips_is_fed(truth: PairTruth, prediction: Prediction) -> None:
    """From [0, 1] to [-1, 1] every difference doubles, so a mean square is four times as large."""
    fed, scaled = (
        protocol(s).score_view("front", "front", truth, prediction)["lpips"] for s in (ON, off("lpips_in_0_1"))
    )
    assert scaled == pytest.approx(4 * fed, rel=1e-5)


def test_psnr_range_of_a_dull_crop() -> None:
    """A truth that holds no white counts less, by 20 log10 of its range."""
    dull = np.full((40, 40, 3), 102, np.uint8)  # 0.4
    wrong = np.full((40, 40, 3), 112, np.uint8)
    dim, plain = (protocol(s).score_crops(wrong, dull)["psnr"] for s in (ON, off("psnr_range_of_truth")))
    assert plain - dim == pytest.approx(-20 * np.log10(0.4), abs=1e-3)


def test_truncation_darkens_by_half_a_grey_level() -> None:
    rgb = np.random.default_rng(0).uniform(0, 1, (64, 64, 3)).astype(np.float32)
    difference = quantise_rgb(rgb).astype(int) - quantise_rgb(rgb, "truncated")
    assert set(np.unique(difference)) == {0, 1} and difference.mean() == pytest.approx(0.5, abs=0.02)
    assert (PaperProtocol().quantisation, PaperProtocol(off("truncated_png")).quantisation) == ("truncated", "rounded")


def mean_over_pairs(paper: PaperProtocol, name: str, values: PairValues) -> float:
    interval = paper.average_over_pairs(name, values)
    assert interval is not None
    return interval.mean


def test_f_score_of_the_last_pair() -> None:
    values = PairValues({"a": 10.0, "c": 40.0, "b": 70.0})
    assert mean_over_pairs(PaperProtocol(), "f1_5mm", values) == 40
    assert mean_over_pairs(PaperProtocol(off("last_f_score")), "f1_5mm", values) == 40 and len(values.values) == 3
    values.add("d", 0.0)
    assert mean_over_pairs(PaperProtocol(), "f1_5mm", values) == 0
    assert mean_over_pairs(PaperProtocol(off("last_f_score")), "f1_5mm", values) == 30
    assert mean_over_pairs(PaperProtocol(), "cd", values) == 30


def test_the_region_selects_opposite_sides(truth: PairTruth) -> None:
    """With its flaw, an off-centre region keeps the truth's other half."""
    paper, fair = protocol(), protocol(off("mirrored_truth_roi"))
    whole = truth.surface
    predicted = paper.cut_predicted_surface(truth, whole)
    assert centre_x(predicted) == pytest.approx(centre_x(fair.cut_true_surface(truth)), abs=0.02)
    assert centre_x(paper.cut_true_surface(truth)) == pytest.approx(-centre_x(predicted), abs=0.02)
    assert abs(centre_x(predicted)) > 0.02


def centre_x(surface: TriangleSurface) -> float:
    return float(np.average(surface.corners_m.mean(axis=1)[:, 0], weights=surface.areas_m2))


def test_a_region_without_truth_is_named(truth: PairTruth, prediction: Prediction) -> None:
    nowhere = PairTruth(truth.archive, truth.key)
    nowhere.roi = Roi(0.0, 0.0, 8.0, 8.0)
    scores = replace_networks(PaperProtocol()).score(nowhere, prediction)
    assert "no surface inside its region" in scores.skipped["cd"] and "cd" not in scores.numbers
    assert "front_psnr" in scores.numbers


def test_every_switch_has_a_reason_and_a_name() -> None:
    assert describe_switches().keys() == {switch.name for switch in fields(PaperSwitches)}
    assert all("Off: " in reason for reason in describe_switches().values())
    paper = load_protocol("paper", ["bind_pose", "roi_crop"])
    assert paper.name == "paper-without-roi_crop-bind_pose"
    again = load_protocol(paper.name)
    assert isinstance(paper, PaperProtocol) and isinstance(again, PaperProtocol)
    assert again.switches == paper.switches == replace(ON, roi_crop=False, bind_pose=False)
    with pytest.raises(WrongUsage, match=r"unknown switch 'roi'.*roi_crop"):
        load_protocol("paper", ["roi"])
    with pytest.raises(WrongUsage, match="standard has no switches"):
        load_protocol("standard", ["roi_crop"])
    listed = CliRunner().invoke(benchmark, ["protocols"]).output
    assert all(name in listed for name in describe_switches()) and "chamfer_mm" in listed
