"""The losses of both papers: least-squares adversarial, cycle, identity, and U-GAT-IT's on its attention."""

from typing import cast

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from panic3d.models.baselines.translation.config import AnyTrainConfig
from panic3d.models.baselines.translation.networks import TranslationDiscriminators, TranslationGenerators
from panic3d.models.engine.update import Terms

PictureBatch = Float[Tensor, "B 3 P P"]
DIRECTIONS = (("drawing", "render"), ("render", "drawing"))


class TranslationGeneratorObjective(nn.Module):
    """Both generators and their terms as one module, so that gradients of all parts are synchronised."""

    def __init__(
        self, generators: TranslationGenerators, discriminators: TranslationDiscriminators, config: AnyTrainConfig
    ) -> None:
        super().__init__()
        self.generators, self.config = generators, config
        self.frozen = (discriminators,)  # in a tuple, so that their parameters are not this module's

    def forward(self, given: dict[str, PictureBatch]) -> tuple[Terms, dict[str, PictureBatch]]:
        """Return terms, and the fakes of each domain without gradients."""
        config, discriminators = self.config, self.frozen[0]
        terms: dict[str, list[Tensor]] = {"adversarial": [], "cycle": [], "identity": [], "attention": []}
        fakes = {}
        for source, target in DIRECTIONS:
            forth, back = self.generators[f"to_{target}"], self.generators[f"to_{source}"]
            fake, identity = forth(given[source]), forth(given[target])
            logits = [m for network in select_domain(discriminators, target) for m in network(fake.picture)]
            terms["adversarial"] += [least_squares(m, 1.0) for m in logits]
            terms["cycle"].append(F.l1_loss(back(fake.picture).picture, given[source]))
            terms["identity"].append(F.l1_loss(identity.picture, given[target]))
            if fake.attention is not None:
                terms["attention"] += [
                    attention_loss(fake.attention, True),
                    attention_loss(identity.attention, False),
                ]
            fakes[target] = fake.picture.detach()
        weighted = {name: getattr(config, name) * torch.stack(t).sum() for name, t in terms.items() if t}
        return weighted, fakes


class TranslationDiscriminatorObjective(nn.Module):
    """The discriminators and their terms."""

    def __init__(self, discriminators: TranslationDiscriminators) -> None:
        super().__init__()
        self.discriminators = discriminators

    def forward(self, real: dict[str, PictureBatch], fakes: dict[str, PictureBatch]) -> Terms:
        """Return one term per domain."""
        terms = {}
        for domain in real:
            parts = [
                least_squares(m, target)
                for network in select_domain(self.discriminators, domain)
                for pictures, target in ((real[domain], 1.0), (fakes[domain], 0.0))
                for m in network(pictures)
            ]
            terms[f"discriminator_{domain}"] = torch.stack(parts).sum() / 2
        return terms


def select_domain(discriminators: TranslationDiscriminators, domain: str) -> nn.ModuleList:
    """Return the discriminators of a domain."""
    return cast(nn.ModuleList, discriminators[domain])


def least_squares(logits: Float[Tensor, "B ..."], target: float) -> Float[Tensor, ""]:
    """Return the least-squares adversarial loss."""
    return (logits - target).square().mean()


def attention_loss(logits: Float[Tensor, "B 2"] | None, is_source: bool) -> Float[Tensor, ""]:
    """Return the cross-entropy of the attention's classification of the input's domain."""
    assert logits is not None
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, float(is_source)))
