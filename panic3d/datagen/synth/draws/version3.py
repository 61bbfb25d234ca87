"""Draw the parameters of characters of version 3 of the generator (families `train2` and `heldout2`)."""

from dataclasses import replace

import numpy as np

from panic3d.datagen.synth.clothing.outfits.catalogue import OUTFITS
from panic3d.datagen.synth.draws.accessories import draw_accessories
from panic3d.datagen.synth.draws.body import draw_body
from panic3d.datagen.synth.draws.clothes import draw_clothes
from panic3d.datagen.synth.draws.face import draw_face, draw_facial_hair
from panic3d.datagen.synth.draws.hair import draw_hair
from panic3d.datagen.synth.draws.head import draw_ears, draw_head
from panic3d.datagen.synth.draws.traits import draw_traits
from panic3d.datagen.synth.hair.styles import BACKS, FRINGES
from panic3d.datagen.synth.head.formed_ears import EAR_TIPS
from panic3d.datagen.synth.meshes.manners import MANNERS
from panic3d.datagen.synth.palettes import EYE_COLOURS, HAIR_COLOURS, SKIN_COLOURS, SKIN_FREQUENCIES
from panic3d.datagen.synth.params import CharacterParams


def draw_version3(rng: np.random.Generator, family: str) -> CharacterParams:
    """Draw the parameters of a character. The order of the draws is part of the version."""
    streams = rng.spawn(7)
    traits = draw_traits(streams[0])
    manner = str(streams[0].choice(MANNERS))
    body = draw_body(streams[1], traits)
    head = draw_head(streams[6], traits)
    skin_name = str(streams[0].choice(list(SKIN_COLOURS), p=SKIN_FREQUENCIES))
    hair_name, second_name = (str(name) for name in streams[0].choice(list(HAIR_COLOURS), 2, replace=False))
    eyes_left = str(streams[0].choice(list(EYE_COLOURS)))
    eyes_right = str(streams[0].choice(list(EYE_COLOURS))) if streams[0].random() < 0.05 else eyes_left
    skin, shade = SKIN_COLOURS[skin_name]
    # a hood is part of an outfit
    accessories = tuple(name for name in draw_accessories(streams[2], family, traits) if name != "hood")
    hair = draw_hair(streams[3], family, traits, (hair_name, second_name), manner, accessories)
    face = draw_face(streams[4], family, traits, manner, (skin, shade), hair.colour.base, (eyes_left, eyes_right))
    if "forehead" in FRINGES[hair.fringe].tags:  # nothing casts a shade on it
        face = replace(face, details=face.details and replace(face.details, hair_shadow=0.0))
    clothes = draw_clothes(streams[5], family, traits, skin, manner, accessories, BACKS[hair.back].short)
    ears = draw_ears(streams[6], family)
    if OUTFITS[clothes.kind].hood_up and ears in EAR_TIPS:
        ears = "human"
    return CharacterParams(
        head=head,
        face=face,
        hair=hair,
        body=body,
        clothes=clothes,
        accessories=accessories,
        accessory_colours=(clothes.accent, clothes.collar),
        ears=ears,
        names={
            "hair": hair_name,
            "hair_second": second_name,
            "eyes_left": eyes_left,
            "eyes_right": eyes_right,
            "skin": skin_name,
            "proportion": traits.proportion,
            "sex": traits.sex,
            "age": traits.age,
        },
        facial_hair=draw_facial_hair(streams[4], family, traits),
    )
