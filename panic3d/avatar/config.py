"""How an avatar is made."""

from dataclasses import dataclass

from panic3d.datagen.synth.vrm.model import VrmMeta

PRIVATE = VrmMeta(
    authors=("not stated",),
    copyright_information="",
    other_licence_url="",
    avatar_permission="onlyAuthor",
    violent_usage=False,
    commercial_usage="personalNonProfit",
    political_or_religious_usage=False,
    credit="required",
    redistribution=False,
    modification="prohibited",
)
"""What holds as long as nobody says more: nothing is allowed but to its author."""

EXPRESSIONS = {
    **{name: {name: 1.0} for name in ("happy", "angry", "sad", "relaxed", "surprised", "aa", "ih", "ou", "ee", "oh")},
    "blink": {"blink": 1.0},
    "blinkLeft": {"blink_left": 1.0},
    "blinkRight": {"blink_right": 1.0},
}
"""The expressions of an avatar by their names in VRM, and the weights of its morphs in each."""


@dataclass(frozen=True)
class AvatarConfig:
    """Sizes of an avatar."""

    triangles: int = 27_000
    """About how many triangles it has."""
    texture_px: int = 2048
    """Side of its texture."""
    sculpt: bool = False
    """Whether the head is one surface, without the fitted character's parts."""
    title: str = ""
    """The name of the character; empty: that of the picture's file."""
    meta: VrmMeta = PRIVATE
    """Its author, and what others may do with it."""
