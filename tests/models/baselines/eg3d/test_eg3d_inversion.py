"""Inversion: a sample is found again, tuning improves on it, noise maps stay noise, methods give heads."""

from functools import partial

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from helpers.heads.small_eg3d import make_generator
from helpers.heads.sphere_shards import make_sphere_views
from panic3d.cameras.camera import Camera
from panic3d.models.baselines.eg3d import method
from panic3d.models.baselines.eg3d.generator import Eg3dGenerator
from panic3d.models.baselines.eg3d.inversion import (
    ProjectionConfig,
    compute_picture_distance,
    compute_rate_share,
    project,
    render_front_picture,
)
from panic3d.models.baselines.eg3d.noise import compute_noise_penalty, get_noise_maps, normalise_noise
from panic3d.models.baselines.eg3d.pti import PtiConfig, sample_around_pivot, tune_generator
from panic3d.models.method import Portrait, load_method
from panic3d.registry import find_entry, find_weights
from panic3d.runtime.errors import UserError

QUICK = ProjectionConfig(steps=100, learning_rate=0.05)
PIVOT = ProjectionConfig(space="w", steps=60, learning_rate=0.1, jitter=0.05)


def psnr_db(ours: Tensor, target: Tensor) -> float:
    return (10 * (4 / (ours - target).square().mean()).log10()).item()


def seen(model: Eg3dGenerator) -> Tensor:
    with torch.no_grad():
        return render_front_picture(model, model.field(torch.zeros(1, 3, 16, 16), torch.zeros(1, 16, 16)).encoded)


def sample(model: Eg3dGenerator, seed: int) -> Tensor:
    z = torch.randn(1, 8, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        return render_front_picture(model, model.synthesise(model.broadcast_w(model.map_latents(z)), "const"))


def painted() -> Tensor:
    """A picture that the generator does not hold: a ball with a face."""
    from io import BytesIO

    rgba = np.asarray(Image.open(BytesIO(make_sphere_views(0.2, 0.03, 16, painted=True)["front.rgba.png"]))) / 255
    rgb = rgba[..., :3] * rgba[..., 3:] + 1 - rgba[..., 3:]
    return torch.from_numpy(2 * rgb - 1).permute(2, 0, 1)[None].float()


@pytest.mark.parametrize("config", [QUICK, PIVOT], ids=["w+", "w"])
def test_inversion_reproduces_the_generators_own_sample(config: ProjectionConfig) -> None:
    model = make_generator()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    for seed in (0, 1):
        target = sample(model, seed)
        torch.manual_seed(0)
        found = project(model, target, None, config)
        start_db, end_db = psnr_db(seen(model), target), psnr_db(seen(found), target)
        assert end_db > 27, (seed, start_db)
        assert end_db > start_db + 10, (seed, start_db)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


def test_one_w_for_all_layers_or_one_each() -> None:
    model, few = make_generator(), {"steps": 4}
    one = project(model, painted(), None, ProjectionConfig(space="w", **few)).latent
    many = project(model, painted(), None, ProjectionConfig(space="w+", **few)).latent
    assert one is not None
    assert many is not None
    assert one.shape == many.shape == (1, model.w_count, 16)
    assert (one == one[:, :1]).all()
    assert not (many == many[:, :1]).all()


def test_tuning_improves_on_img2stylegan_and_keeps_the_rest() -> None:
    """On a picture that the generator does not hold. What lies around the pivot moves less with the regularisation."""
    model, target = make_generator(), painted()
    torch.manual_seed(0)
    inverted = project(model, target, None, QUICK)
    heads = {}
    for locality in (0.0, 1.0):
        config = PtiConfig(pivot=PIVOT, steps=60, learning_rate=3e-3, locality=locality, locality_every=1)
        torch.manual_seed(0)
        heads[locality] = tune_generator(model, target, None, config)
        assert compute_picture_distance(seen(heads[locality]), target, None, 1.0) < 0.8 * compute_picture_distance(
            seen(inverted), target, None, 1.0
        )
    torch.manual_seed(0)
    pivot = project(model, target, None, PIVOT)
    latent = heads[1.0].latent
    assert pivot.latent is not None and latent is not None
    assert torch.equal(pivot.latent, latent)
    moved = {0.0: 0.0, 1.0: 0.0}
    for _ in range(8):
        ws = sample_around_pivot(pivot, 30.0)
        assert (ws - pivot.latent)[0, 0].norm() == pytest.approx(30 * (16 / 512) ** 0.5, rel=1e-4)
        with torch.no_grad():
            old = render_front_picture(pivot, pivot.synthesise(ws, "const"))
            for locality, head in heads.items():
                new = render_front_picture(head, head.synthesise(ws, "const"))
                moved[locality] += compute_picture_distance(new, old, None, 1.0).item()
    assert moved[1.0] < 0.7 * moved[0.0]


def test_noise_has_no_penalty_and_pictures_have_one() -> None:
    torch.manual_seed(0)
    noise, ramp = torch.randn(64, 64), torch.linspace(-1, 1, 64).expand(64, 64).clone()
    normalise_noise([ramp])
    assert ramp.mean().abs() < 1e-6
    assert ramp.square().mean() == pytest.approx(1)
    assert compute_noise_penalty([noise]) < 0.2
    assert compute_noise_penalty([ramp]) > 4  # nearly 1 along each axis at four scales
    small = np.random.default_rng(0).normal(size=(16, 16)).astype(np.float32)
    half = small.reshape(8, 2, 8, 2).mean(axis=(1, 3)) * 2
    by_hand = sum(np.mean(x * np.roll(x, 1, axis)) ** 2 for x in (small, half) for axis in (0, 1))
    assert compute_noise_penalty([torch.from_numpy(small)]) == pytest.approx(by_hand, rel=1e-4)


def test_the_learning_rate_rises_and_falls() -> None:
    assert [compute_rate_share(done) for done in (0.0, 0.025, 0.05, 0.75)] == pytest.approx([0, 0.5, 1, 1])
    assert compute_rate_share(0.875) == pytest.approx(0.5)
    assert compute_rate_share(1.0) == pytest.approx(0)


def test_noise_maps_are_the_backbones_and_stay_normal() -> None:
    model = make_generator()
    assert [len(noise) for noise in get_noise_maps(model)] == [4, 8, 8, 16, 16]
    model.get_parameter("backbone.synthesis.b16.conv0.noise_strength").fill_(0.5)
    found = project(model, painted(), None, ProjectionConfig(steps=5))
    old, new = get_noise_maps(model)[3], get_noise_maps(found)[3]
    assert not torch.allclose(old, new, atol=1e-2)
    assert new.mean().abs() < 1e-5
    assert new.square().mean() == pytest.approx(1, rel=1e-4)
    assert not new.requires_grad


def test_a_portrait_becomes_a_head_the_same_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(method, "load_lpips", lambda: None)
    rgba = np.zeros((512, 512, 4), np.uint8)
    rgba[128:384, 128:384] = (200, 60, 40, 255)
    config = PtiConfig(pivot=ProjectionConfig(space="w", steps=4), steps=4)
    views = []
    for seed in (1, 2):  # what else drew random numbers before does not matter
        torch.manual_seed(seed)
        inverting = method.Eg3dMethod(make_generator(), partial(tune_generator, config=config))
        before = torch.random.get_rng_state()
        head = inverting.reconstruct(Portrait.from_render(rgba))
        assert torch.equal(torch.random.get_rng_state(), before)
        views.append(head.render([Camera("ortho", 0.0), Camera("ortho", 90.0)], 64))
        assert len(head.mesh().triangles) > 100
    for one, two in zip(*views, strict=True):
        assert np.array_equal(one.rgb, two.rgb)
    silhouette = views[0][0].alpha > 0.5
    assert silhouette[17:47, 17:47].all()
    assert silhouette.mean() == pytest.approx(0.25, abs=0.02)


def test_only_the_line_free_portrait_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(method, "load_lpips", lambda: None)
    seen_by: list[Tensor] = []

    def spy(model: Eg3dGenerator, target: Tensor, lpips: object) -> Eg3dGenerator:
        seen_by.append(target)
        return model

    lines, free = np.full((512, 512, 4), 255, np.uint8), np.full((512, 512, 4), 255, np.uint8)
    lines[..., :3] = 0
    method.Eg3dMethod(make_generator(), spy).reconstruct(Portrait(lines, free))
    assert (seen_by[0] == 1).all()


def test_absent_or_other_weights_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: pytest.TempPathFactory) -> None:
    other = find_weights(find_entry("panic3d", "method"))
    monkeypatch.setattr("panic3d.registry.PACKAGE", tmp_path)
    with pytest.raises(UserError, match="panic3d train eg3d"):
        load_method("eg3d-pti", None)
    with pytest.raises(UserError, match="holds weights of 'reconstructor'"):
        load_method("eg3d-img2stylegan", other)
