"""The few shapes of shader nodes that the materials need, in short words. Imports no bpy: it is given its nodes."""

from typing import Any

from panic3d.datagen.avatars.character.materials import Texture, Wrap

EXTENSIONS = {"repeat": "REPEAT", "clamp": "EXTEND", "mirror": "MIRROR"}
SHIFT = 1.0  # light is never negative, a normal may be


class Nodes:
    """Short words for the few node shapes that the material needs."""

    def __init__(self, tree: Any) -> None:
        self.tree = tree

    def new(self, kind: str, **settings: Any) -> Any:
        node = self.tree.nodes.new(kind)
        for name, value in settings.items():
            setattr(node, name, value)
        return node

    def feed(self, source: Any, socket: Any) -> None:
        if isinstance(source, int | float):
            socket.default_value = source
        elif isinstance(source, tuple):
            socket.default_value = (*source, 1.0)
        else:
            self.tree.links.new(source, socket)

    def texel(self, texture: Texture, image: Any) -> Any:
        """The texture at the surface's coordinates. Blender wraps both axes alike, glTF need not."""
        alike = texture.wrap_u == texture.wrap_v
        node = self.new(
            "ShaderNodeTexImage",
            image=image,
            extension=EXTENSIONS[texture.wrap_u] if alike else "REPEAT",
            interpolation="Closest" if texture.nearest else "Linear",
        )
        uv = self.new("ShaderNodeUVMap", uv_map="uv").outputs[0]
        if not alike:
            apart, together = self.new("ShaderNodeSeparateXYZ"), self.new("ShaderNodeCombineXYZ")
            self.feed(uv, apart.inputs[0])
            height, width = texture.rgba.shape[:2]
            for axis, (wrap, size) in enumerate(((texture.wrap_u, width), (texture.wrap_v, height))):
                self.feed(self._wrapped(apart.outputs[axis], wrap, size), together.inputs[axis])
            uv = together.outputs[0]
        self.feed(uv, node.inputs[0])
        return node

    def _wrapped(self, coordinate: Any, wrap: Wrap, size: int) -> Any:
        """A coordinate that repeats as `wrap` does where the picture itself repeats."""
        if wrap == "repeat":
            return coordinate
        if wrap == "mirror":
            coordinate = self.math("PINGPONG", coordinate, 1.0)
        # not beyond the middle of the outermost texels: there the opposite edge would shine in
        return self.math("MINIMUM", self.math("MAXIMUM", coordinate, 0.5 / size), 1 - 0.5 / size)

    def math(self, operation: str, first: Any, second: Any) -> Any:
        node = self.new("ShaderNodeMath", operation=operation)
        self.feed(first, node.inputs[0])
        self.feed(second, node.inputs[1])
        return node.outputs[0]

    def at_least(self, value: Any, threshold: float) -> Any:
        # 1 - (value < threshold): GREATER_THAN would drop a value that equals the cut-off, which glTF keeps
        return self.math("SUBTRACT", 1.0, self.math("LESS_THAN", value, threshold))

    def blend(self, factor: Any, first: Any, second: Any) -> Any:
        node = self.new("ShaderNodeMix", data_type="FLOAT")
        for source, socket in zip(
            (factor, first, second), (node.inputs[0], node.inputs[2], node.inputs[3]), strict=True
        ):
            self.feed(source, socket)
        return node.outputs[0]

    def choose(self, emitted: Any, at: float, before: Any, after: Any) -> Any:
        """The second from the switch position `at` on (factors are clamped to 0..1)."""
        node = self.new("ShaderNodeMix", data_type="RGBA")
        factor = emitted if at <= 1 else self.math("SUBTRACT", emitted, at - 1)
        for source, socket in zip(
            (factor, before, after), (node.inputs[0], node.inputs[6], node.inputs[7]), strict=True
        ):
            self.feed(source, socket)
        return node.outputs[2]

    def shifted(self, vector: Any) -> Any:
        node = self.new("ShaderNodeVectorMath", operation="ADD")
        self.tree.links.new(vector, node.inputs[0])
        node.inputs[1].default_value = (SHIFT,) * 3
        return node.outputs[0]

    def colour_times(self, first: Any, second: Any) -> Any:
        node = self.new("ShaderNodeMix", data_type="RGBA", blend_type="MULTIPLY")
        node.inputs[0].default_value = 1.0
        self.feed(first, node.inputs[6])
        self.feed(second, node.inputs[7])
        return node.outputs[2]
