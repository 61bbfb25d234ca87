"""A picture from behind, of another size and at another place, comes onto the back of the character."""

import numpy as np
import pytest
from PIL import Image

from panic3d.cameras.projected_picture import ProjectedPicture
from panic3d.cameras.rigs import make_view_camera
from panic3d.datagen.synth.draws.draw import draw_params, make_random_generator
from panic3d.datagen.synth.generate import build_character
from panic3d.geometry.textured_mesh import TexturedMesh
from panic3d.geometry.textured_raycast import TexturedScene
from panic3d.models.character.fitting.projection import PictureProjection, project_from_behind
from panic3d.models.character.fitting.reconstruction import CharacterReconstruction
from panic3d.models.character.fitting.surface import make_textured_mesh

BACK, FRONT = make_view_camera("back"), make_view_camera("front")


def make_character() -> TexturedMesh:
    random = make_random_generator(5, 3, "train")
    return make_textured_mesh(build_character(draw_params(random, "train"), random, "")[0])


def render_cut_out(mesh: TexturedMesh, view: str, scale: float = 1.0, shift: tuple[int, int] = (0, 0)) -> np.ndarray:
    found = TexturedScene(mesh).render([make_view_camera(view)], 512)[0]
    picture = Image.fromarray(np.round(255 * np.dstack([found.rgb, found.alpha])).astype(np.uint8))
    side = round(512 * scale)
    frame = Image.new("RGBA", (512, 512))
    frame.paste(picture.resize((side, side), Image.Resampling.BOX), shift)
    return np.array(frame)


@pytest.mark.parametrize(("scale", "shift"), [(1.0, (0, 0)), (0.7, (90, 40)), (1.3, (-60, 20))])
def test_the_back_has_the_colours_of_the_picture(scale: float, shift: tuple[int, int]) -> None:
    mesh = make_character()
    stripes = np.where(np.sin(60 * mesh.vertices_head_m[:, 1:2]) > 0, 0.35, -0.35).astype(np.float32)
    striped = TexturedMesh(**(vars(mesh) | {"tint": np.repeat(stripes, 3, axis=1)}))
    picture = render_cut_out(striped, "back", scale, shift)
    projection = project_from_behind(picture, TexturedScene(mesh))
    assert projection.scale == pytest.approx(1 / scale, rel=0.06)
    wanted, plain = (TexturedScene(m).render([BACK], 256)[0] for m in (striped, mesh))
    found = CharacterReconstruction(mesh, [projection]).render([BACK], 256)[0]
    inside = wanted.alpha > 0.99
    before, after = (np.abs(view.rgb - wanted.rgb)[inside].mean() for view in (plain, found))
    assert after < 0.4 * before


def test_the_front_does_not_change() -> None:
    mesh = make_character()
    front = PictureProjection(ProjectedPicture(render_cut_out(mesh, "front")))
    white = np.full((512, 512, 4), 255, np.uint8)
    behind = PictureProjection(ProjectedPicture(white), from_behind=True)
    alone, both = (
        CharacterReconstruction(mesh, some).render([FRONT], 128)[0].rgb for some in ([front], [front, behind])
    )
    assert np.abs(alone - both).mean() < 2e-3


def test_an_empty_picture_is_laid_nowhere() -> None:
    found = project_from_behind(np.zeros((512, 512, 4), np.uint8), TexturedScene(make_character()))
    assert found.scale == 1.0 and found.shift_m == (0.0, 0.0)
