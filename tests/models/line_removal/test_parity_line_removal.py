"""Line masks, hulls of the face and both networks against recorded numbers (item 08)."""

import zlib

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.ndimage import binary_dilation
from torch import Tensor

from helpers.parity_cases import TOLERANCE, Case, assert_close
from helpers.requirements import list_real_files, require_real_data
from panic3d.cameras.compositing import composite_on_white
from panic3d.models.line_removal.hull import draw_face_hull
from panic3d.models.line_removal.line_mask import compute_line_mask, compute_line_response
from panic3d.models.line_removal.networks import LineRemovalNetworks, LineRemovalNetworksConfig
from panic3d.models.line_removal.training.losses import adversarial_loss, identity_loss

PUBLISHED_TARGETS = 0.4, 1.2


def filled(case: Case, use_hull: bool) -> LineRemovalNetworks:
    """By the line remover's own recipe."""
    model = LineRemovalNetworks(LineRemovalNetworksConfig(use_hull=use_hull)).eval()
    state = model.state_dict()
    for name, tensor in state.items():
        if not name.endswith("num_batches_tracked"):
            seed = zlib.crc32((case.seeds["salt"] + name).encode())
            r = np.random.RandomState(seed).standard_normal(tuple(tensor.shape))
            state[name] = torch.as_tensor(recipe(name, r), dtype=tensor.dtype)
    model.load_state_dict(state)
    return model.requires_grad_(False)


def recipe(name: str, r: np.ndarray) -> np.ndarray:
    if name.endswith("weight"):
        return r / np.sqrt(np.prod(r.shape[1:])) if r.ndim == 4 else 1 + 0.1 * r
    return 1 + 0.1 * np.abs(r) if name.endswith("running_var") else 0.1 * r


def picture(rgba: np.ndarray) -> Tensor:
    return torch.from_numpy(composite_on_white(rgba)).permute(2, 0, 1)[None]


def assert_masks(actual: Tensor, expected: Tensor) -> None:
    assert actual.shape == expected.shape
    assert (actual != expected).double().mean().item() <= TOLERANCE["08_masks"]


@pytest.mark.parity_items("08a")
def test_the_line_mask_of_a_drawing_is_the_recorded_one(case: Case) -> None:
    rgb = picture(case.arrays["drawing"])
    assert_close(rgb[0, :, 3::8, 3::8], case["white_composite"], "08")
    assert_close(compute_line_response(rgb)[0, 2::4, 2::4], case["dog_response"], "08")
    assert_masks(compute_line_response(rgb)[0] > 0.5, case.bits("dog_mask"))
    assert_masks(compute_line_mask(rgb)[0], case.bits("line_mask"))


@pytest.mark.parity_items("08c")
def test_the_line_masks_of_portraits_are_the_recorded_ones(case: Case) -> None:
    names = [key.removesuffix("_file_crc32") for key in case.arrays.files if key.endswith("_file_crc32")]
    require_real_data("portraits")
    files = {path.stem: path for path in list_real_files("portraits", "*.png")}
    assert names
    for name in names:
        path = next(path for stem, path in files.items() if stem.replace(" ", "_") == name)
        assert zlib.crc32(path.read_bytes()) == case[f"{name}_file_crc32"].item()
        image = Image.open(path).convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image)  # in 8 bits, as recorded
        rgb = picture(np.asarray(white))
        height, width = case[f"{name}_size_h_w"].tolist()
        for kind, mask in (("dog_mask", compute_line_response(rgb)[0] > 0.5), ("line_mask", compute_line_mask(rgb)[0])):
            bits = np.unpackbits(case.arrays[f"{name}_{kind}__bits"])[: height * width].reshape(height, width)
            assert_masks(mask, torch.from_numpy(bits > 0))


@pytest.mark.parity_items(
    "08a", groups=lambda keys: ["landmarks_row_col", *(k for k in keys if k.startswith("hull") and "landmarks" in k)]
)
def test_the_hull_of_the_face_agrees_with_the_recorded_one(case: Case, group: str) -> None:
    expected = case.bits("face_hull" if group == "landmarks_row_col" else group.replace("landmarks", "mask")).numpy()
    ours = draw_face_hull(case.arrays[group][:, ::-1].copy(), 512)
    assert (ours & expected).sum() / (ours | expected).sum() >= TOLERANCE["08_hull_iou"]
    assert not (ours & ~binary_dilation(expected, np.ones((3, 3)))).any()


@pytest.mark.parity_items("08a", groups=lambda keys: ["hull", "nohull"])
@pytest.mark.parametrize("hull_from", ["stored", "own"])
def test_the_whole_line_remover_gives_the_recorded_picture(case: Case, group: str, hull_from: str) -> None:
    drawing = case.arrays["drawing"]
    rgb, model = picture(drawing), filled(case, group == "hull")
    own = torch.from_numpy(draw_face_hull(case.arrays["landmarks_row_col"][:, ::-1].copy(), 512))
    hull = (case.bits("face_hull") if hull_from == "stored" else own)[None]
    infill = compute_line_mask(rgb) & ~hull
    if hull_from == "stored":
        assert_masks(infill[0], case.bits("infill_mask"))
    output = torch.cat([model(rgb, infill, hull)[0], torch.from_numpy(drawing[..., 3])[None] / 255])
    tolerance = "08_output" if hull_from == "stored" else "08_output_own_hull"
    assert_close(output[:, 3::8, 3::8], case[f"{group}_output_rgba"], tolerance)
    assert_close(output[:, 240:304, 224:288], case[f"{group}_output_crop"], tolerance)


@pytest.mark.parity_items("08b")
def test_the_generator_gives_the_recorded_pictures(case: Case) -> None:
    rgb, hull, infill = case["in_image"], case["in_face_hull"][:, 0] > 0, case["in_line_mask"][:, 0] > 0
    model = filled(case, use_hull=True)
    assert_close(model.paint(rgb, infill, hull), case["gen_out_pad"], "08")
    assert_close(model.paint(rgb, infill, hull, pad=False), case["gen_out_nopad"], "08")
    assert_close(model(rgb, infill, hull), case["composite"], "08")
    assert_close(filled(case, use_hull=False).paint(rgb, infill, hull), case["nohull_gen_out_pad"], "08")


@pytest.mark.parity_items("08b")
def test_discriminator_and_losses_are_the_recorded_ones(case: Case) -> None:
    rgb, hull, infill = case["patch_image"], case["patch_face_hull"][:, 0] > 0, case["patch_line_mask"][:, 0] > 0
    model = filled(case, use_hull=True)
    parts = {"patch21": slice(0, 21), "patch9": slice(6, 15), "direct9": slice(6, 15), "patch13": slice(0, 13)}
    for name, part in parts.items():
        assert_close(model.discriminate(rgb[..., part, part], hull[:, part, part]), case[f"dis_logits_{name}"], "08")
    painted = model(rgb, infill, hull)
    real = case["patch_real_label"] > 0
    identity, logits = identity_loss(painted, rgb), model.discriminate(painted, hull)
    adversarial = adversarial_loss(logits, real, *PUBLISHED_TARGETS)
    assert_close(identity, case["loss_l1"], "08")
    assert_close(adversarial, case["loss_adv"], "08")
    assert_close(identity + adversarial, case["loss"], "08")
    assert_close(torch.where(real, PUBLISHED_TARGETS[1], PUBLISHED_TARGETS[0]), case["loss_targets"], "08")
    with pytest.raises(ValueError, match="odd size"):
        model.discriminate(rgb[..., :20, :20], hull[:, :20, :20])
