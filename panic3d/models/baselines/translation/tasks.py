"""The losses of both papers: least-squares adversarial, cycle, identity, and U-GAT-IT's on its attention."""

from typing import cast

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from panic3d.models.baselines.translation.config import AnyConfig
from panic3d.models.baselines.translation.networks import Generators, Judges

Terms = dict[str, Float[Tensor, ""]]
Pictures = Float[Tensor, "B 3 P P"]
WAYS = (("drawing", "render"), ("render", "drawing"))


class TranslatingTask(nn.Module):
    """Both generators and their terms."""

    def __init__(self, generators: Generators, judges: Judges, config: AnyConfig) -> None:
        super().__init__()
        self.generators, self.config = generators, config
        self.aside = (judges,)  # in a tuple: no part of this module's parameters

    def forward(self, given: dict[str, Pictures]) -> tuple[Terms, dict[str, Pictures]]:
        """Terms, and the fakes of each domain without gradients."""
        config, judges = self.config, self.aside[0]
        terms: dict[str, list[Tensor]] = {"adversarial": [], "cycle": [], "identity": [], "attention": []}
        fakes = {}
        for source, target in WAYS:
            there, back = self.generators[f"to_{target}"], self.generators[f"to_{source}"]
            fake, same = there(given[source]), there(given[target])
            terms["adversarial"] += [least_squares(m, 1.0) for judge in of(judges, target) for m in judge(fake.picture)]
            terms["cycle"].append(F.l1_loss(back(fake.picture).picture, given[source]))
            terms["identity"].append(F.l1_loss(same.picture, given[target]))
            if fake.attention is not None:
                terms["attention"] += [is_source(fake.attention, True), is_source(same.attention, False)]
            fakes[target] = fake.picture.detach()
        weighted = {name: getattr(config, name) * torch.stack(t).sum() for name, t in terms.items() if t}
        return weighted, fakes


class JudgingTask(nn.Module):
    """The discriminators and their terms."""

    def __init__(self, judges: Judges) -> None:
        super().__init__()
        self.judges = judges

    def forward(self, real: dict[str, Pictures], fakes: dict[str, Pictures]) -> Terms:
        terms = {}
        for domain in real:
            parts = [
                least_squares(m, target)
                for judge in of(self.judges, domain)
                for pictures, target in ((real[domain], 1.0), (fakes[domain], 0.0))
                for m in judge(pictures)
            ]
            terms[f"judge_{domain}"] = torch.stack(parts).sum() / 2
        return terms


def of(judges: Judges, domain: str) -> nn.ModuleList:
    """The discriminators of a domain."""
    return cast(nn.ModuleList, judges[domain])


def least_squares(logits: Float[Tensor, "B ..."], target: float) -> Float[Tensor, ""]:
    return (logits - target).square().mean()


def is_source(logits: Float[Tensor, "B 2"] | None, yes: bool) -> Float[Tensor, ""]:
    """Cross-entropy of the attention's verdict."""
    assert logits is not None
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, float(yes)))
