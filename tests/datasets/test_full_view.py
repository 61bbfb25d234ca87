"""Optional passes and drawn portraits, from the renderer through a shard to the reader and the sheet."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from helpers.avatars.small_glb import make_square, write_glb
from helpers.requirements import needs_blender
from panic3d.datagen.runner.jobs import render_dataset
from panic3d.datagen.runner.sample import RenderOptions
from panic3d.datasets.inspection import find_problems
from panic3d.datasets.pictures import decode_view
from panic3d.datasets.reader import iterate_samples
from panic3d.datasets.sheet import make_contact_sheet
from panic3d.shards.plan import load_dataset_info
from panic3d.shards.schema import PARTS, read_png

pytestmark = needs_blender


def test_passes_come_back_in_their_units(tmp_path: Path) -> None:
    avatar = write_glb(tmp_path / "a.glb", [{"corners": make_square(0.2), "factor": (0.9, 0.3, 0.2, 1.0)}])
    options = RenderOptions(rig="ortho4", size=64, normals=True, parts=True, illustrate="train")
    render_dataset([avatar], tmp_path / "D", options)
    complaints: list[str] = []
    ((_, _, members),) = iterate_samples(tmp_path / "D", complaints.append)
    front, back = decode_view(members, "front"), decode_view(members, "back")
    assert front.normal_head is not None and back.normal_head is not None and front.part is not None
    assert front.depth_m[32, 32] == pytest.approx(1, abs=1e-4) and np.isnan(front.depth_m[0, 0])
    assert front.normal_head[32, 32] == pytest.approx([0, 0, 1], abs=1e-4) and not front.normal_head[0, 0].any()
    assert back.normal_head[32, 32] == pytest.approx([0, 0, -1], abs=1e-4)
    assert front.part[32, 32] == PARTS["other"] and front.part[0, 0] == PARTS["none"]
    sheet = make_contact_sheet(tmp_path / "D", 64, 1, complaints.append)
    assert sheet is not None and sheet.width == 64 * 5, "the drawing and four views"
    drawing = read_png(members["front.illustration.png"])
    shown = np.asarray(sheet)[-32, 32]
    assert np.abs(shown.astype(int) - drawing[32, 32, :3]).max() <= 1 and not complaints
    record = load_dataset_info(tmp_path / "D")
    assert not find_problems(tmp_path / "D", record)
    plain = replace(record, options={**record.options, "normals": False})
    render_dataset([avatar], tmp_path / "E", RenderOptions(rig="ortho4", size=64, parts=True))
    (fault, *_) = [line for line in find_problems(tmp_path / "E", record) if "missing" in line]
    assert "back.normal.png" in fault and "a-" in fault
    assert any("front.illustration.png" in line for line in find_problems(tmp_path / "E", plain))
    del members["front.normal.png"], members["front.part.png"]
    assert decode_view(members, "front").normal_head is None and decode_view(members, "front").part is None
