"""The random numbers and the losses of a step on the lattice."""

from dataclasses import dataclass, fields

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from panic3d.datasets.multiview import VIEWS, MultiviewBatch
from panic3d.models.engine.seeds import derive_step_seed
from panic3d.models.reconstructor.fields.field import Field, FieldNetwork
from panic3d.models.reconstructor.fields.lattice import Lattice
from panic3d.models.reconstructor.rendering.lattice_views import render_lattice_views
from panic3d.models.reconstructor.training.config import LatticeRunConfig, RaysConfig
from panic3d.models.reconstructor.training.losses import LossWeights, occupancy_loss, view_losses
from panic3d.models.reconstructor.training.near_surface import near_surface_loss
from panic3d.models.tagging.published import SemanticFeatures, compute_batch_features
from panic3d.weights.lpips import Lpips


@dataclass(frozen=True)
class LatticeDraws:
    """The random numbers of a step for this process's characters.

    They are a function of seed and step alone, not of how many processes share the batch or of what ran before.
    """

    lattice: Float[Tensor, "B U"]
    dilation: Float[Tensor, "B"]
    unmasked: Float[Tensor, "B Y X"]
    phase: Float[Tensor, "B 3"]
    near_pixel: Float[Tensor, "B N"]
    near_offset: Float[Tensor, "B N 3"]
    """Standard normal."""
    stretch: Float[Tensor, "B 2"]

    @classmethod
    def from_step(cls, config: LatticeRunConfig, step: int, rank: int, processes: int) -> "LatticeDraws":
        """Return the draws of process `rank` of `processes`."""
        rays, generator = config.rays, torch.Generator().manual_seed(derive_step_seed(config.seed, step))
        shapes = [(rays.x + rays.y + rays.z,), (), (rays.y, rays.x), (3,), (rays.near_surface,)]
        numbers = [torch.rand(config.batch, *shape, generator=generator)[rank::processes] for shape in shapes]
        numbers.append(torch.randn(config.batch, rays.near_surface, 3, generator=generator)[rank::processes])
        numbers.append(torch.rand(config.batch, 2, generator=generator)[rank::processes])
        return cls(*numbers)

    def select(self, chosen: slice) -> "LatticeDraws":
        """Return those of some of the characters."""
        return LatticeDraws(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def to(self, device: torch.device) -> "LatticeDraws":
        return LatticeDraws(*(getattr(self, field.name).to(device) for field in fields(self)))


class LatticeObjective(nn.Module):
    """A network and the losses of its lattice, as one module, so that gradients of all its parts are synchronised."""

    def __init__(
        self,
        model: FieldNetwork,
        rays: RaysConfig,
        weights: LossWeights,
        lpips: Lpips | None,
        tagger: SemanticFeatures | None = None,
    ) -> None:
        super().__init__()
        self.model, self.rays, self.weights = model, rays, weights
        self.frozen = (lpips, tagger)  # in a tuple, so that their parameters are not this module's

    def forward(
        self, batch: MultiviewBatch, draws: LatticeDraws, bf16: bool, step: int
    ) -> dict[str, Float[Tensor, ""]]:
        """Return the unweighted terms, and their weighted sum as `total`."""
        rgb, alpha = batch.rgb("front"), batch.alpha("front")
        lpips, tagger = self.frozen
        with torch.autocast(rgb.device.type, torch.bfloat16, enabled=bf16):
            field = self.model.field(rgb, alpha, compute_batch_features(tagger, rgb, alpha))
        lattice = Lattice.stratified(batch.size, (self.rays.x, self.rays.y, self.rays.z), draws.lattice)
        columns = self.columns(batch, lattice, draws)
        picture = batch.gather("front", *lattice.pixels("front"))[0]
        views = render_lattice_views(field, lattice, columns, picture)
        terms = view_losses(views, batch, lattice, self.weights)
        if self.weights.occupancy:
            terms["occupancy"] = occupancy_loss(views.density, batch, lattice, columns)
        if self.rays.near_surface:
            offset_m = draws.near_offset * self.rays.near_surface_m
            terms["near_surface"] = near_surface_loss(field, batch, draws.near_pixel, offset_m)
        if lpips is not None and self.weights.lpips > 0 and step % self.rays.lpips_every == 0:
            terms["lpips"] = self.lpips(batch, field, draws, lpips)
        scale = {"lpips": self.rays.lpips_every}
        total = sum((getattr(self.weights, name) * scale.get(name, 1) * term for name, term in terms.items()))
        return terms | {"total": torch.as_tensor(total)}

    def columns(self, batch: MultiviewBatch, lattice: Lattice, draws: LatticeDraws) -> Bool[Tensor, "B Y X"]:
        """Return the silhouette dilated by a drawn margin, and a few of the other columns."""
        mask = (batch.alpha("front") > 0).float()[:, None]
        near = _dilate(mask, self.rays.dilation_px)
        far = _dilate(near, self.rays.dilation_jitter_px)
        dilated = torch.where(draws.dilation[:, None, None, None] < 0.5, near, far)[:, 0] > 0
        rows, columns = lattice.pixels("front")
        first = torch.arange(len(rows), device=rows.device)[:, None, None]
        return dilated[first, rows[:, :, None], columns[:, None, :]] | (draws.unmasked < self.rays.unmasked)

    def lpips(self, batch: MultiviewBatch, field: Field, draws: LatticeDraws, lpips: Lpips) -> Float[Tensor, ""]:
        """Return the mean LPIPS of a few characters' four views, at every n-th pixel."""
        some = slice(0, min(self.rays.lpips_pictures, len(batch.keys)))
        few = batch.select(some)
        lattice = Lattice.regular(batch.size, self.rays.lpips_size, draws.phase[some])
        truth = {view: few.gather(view, *lattice.pixels(view)) for view in VIEWS}
        columns = truth["front"][1] > 0
        views = render_lattice_views(field.select(some), lattice, columns, truth["front"][0])
        predicted = torch.cat([views.rgb[view] for view in VIEWS]).permute(0, 3, 1, 2)
        target = torch.cat([truth[view][0] for view in VIEWS]).permute(0, 3, 1, 2)
        return lpips(predicted * 2 - 1, target * 2 - 1).mean()


def _dilate(mask: Float[Tensor, "B 1 H W"], px: int) -> Float[Tensor, "B 1 H W"]:
    return F.max_pool2d(mask, 2 * px + 1, stride=1, padding=px) if px else mask
