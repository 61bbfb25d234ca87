"""What of a surface's material can matter at all: engines leave out what cannot, which saves a fifth of their time."""

from panic3d.datagen.avatars.character.surfaces import MaterialSurface

OPAQUE_FROM = 0.9985
"""Opacity that is stored as 255: such a point of a BLEND material hides what is behind it."""


def cuts_out(surface: MaterialSurface) -> bool:
    """Whether any point of the surface may be less than opaque."""
    material = surface.material
    if material.alpha_mode == "OPAQUE":
        return False
    least = float(surface.colour_linear[:, 3].min()) * material.factor_linear[3]
    if material.texture is not None:
        least *= material.texture.rgba[..., 3].min() / 255
    return bool(least < (material.alpha_cutoff if material.alpha_mode == "MASK" else OPAQUE_FROM))


def has_vertex_colours(surface: MaterialSurface) -> bool:
    return bool((surface.colour_linear != 1).any())
