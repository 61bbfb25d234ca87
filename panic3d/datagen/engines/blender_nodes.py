"""Build the shader nodes that the materials need. Imports no bpy: the node tree is passed in."""

from typing import Any

from panic3d.datagen.avatars.character.materials import Texture, Wrap

EXTENSIONS = {"repeat": "REPEAT", "clamp": "EXTEND", "mirror": "MIRROR"}
NORMAL_OFFSET = 1.0
"""Added to normals, which may be negative, because emitted light may not."""


class NodeTree:
    """Adds nodes to a material's node tree; operands are output sockets, numbers or RGB tuples."""

    def __init__(self, tree: Any) -> None:
        self.tree = tree

    def new(self, kind: str, **settings: Any) -> Any:
        """Add a node of a kind with the given properties."""
        node = self.tree.nodes.new(kind)
        for name, value in settings.items():
            setattr(node, name, value)
        return node

    def connect(self, source: Any, socket: Any) -> None:
        """Link a socket to an input, or set the input to a number or an RGB colour."""
        if isinstance(source, int | float):
            socket.default_value = source
        elif isinstance(source, tuple):
            socket.default_value = (*source, 1.0)
        else:
            self.tree.links.new(source, socket)

    def sample_texture(self, texture: Texture, image: Any) -> Any:
        """Sample a texture at the surface's UV coordinates. Blender wraps both axes alike; glTF may not."""
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
            self.connect(uv, apart.inputs[0])
            height, width = texture.rgba.shape[:2]
            for axis, (wrap, size) in enumerate(((texture.wrap_u, width), (texture.wrap_v, height))):
                self.connect(self._wrap(apart.outputs[axis], wrap, size), together.inputs[axis])
            uv = together.outputs[0]
        self.connect(uv, node.inputs[0])
        return node

    def _wrap(self, coordinate: Any, wrap: Wrap, size: int) -> Any:
        """Map a coordinate so that an image that repeats is sampled as `wrap` says."""
        if wrap == "repeat":
            return coordinate
        if wrap == "mirror":
            coordinate = self.calculate("PINGPONG", coordinate, 1.0)
        # clamp to the centres of the outermost texels: beyond them interpolation includes the opposite edge
        return self.calculate("MINIMUM", self.calculate("MAXIMUM", coordinate, 0.5 / size), 1 - 0.5 / size)

    def calculate(self, operation: str, first: Any, second: Any) -> Any:
        """Combine two numbers with an operation of Blender's math node."""
        node = self.new("ShaderNodeMath", operation=operation)
        self.connect(first, node.inputs[0])
        self.connect(second, node.inputs[1])
        return node.outputs[0]

    def compare_at_least(self, value: Any, threshold: float) -> Any:
        """Return 1 where the value is at least the threshold, else 0."""
        # 1 - (value < threshold): GREATER_THAN would exclude a value that equals the threshold, which glTF includes
        return self.calculate("SUBTRACT", 1.0, self.calculate("LESS_THAN", value, threshold))

    def mix(self, factor: Any, first: Any, second: Any) -> Any:
        """Interpolate from the first number (factor 0) to the second (factor 1)."""
        node = self.new("ShaderNodeMix", data_type="FLOAT")
        for source, socket in zip(
            (factor, first, second), (node.inputs[0], node.inputs[2], node.inputs[3]), strict=True
        ):
            self.connect(source, socket)
        return node.outputs[0]

    def choose(self, emitted: Any, at: float, before: Any, after: Any) -> Any:
        """Select `after` where the switch is at least `at`, else `before` (factors are clamped to 0..1)."""
        node = self.new("ShaderNodeMix", data_type="RGBA")
        factor = emitted if at <= 1 else self.calculate("SUBTRACT", emitted, at - 1)
        for source, socket in zip(
            (factor, before, after), (node.inputs[0], node.inputs[6], node.inputs[7]), strict=True
        ):
            self.connect(source, socket)
        return node.outputs[2]

    def add_offset(self, vector: Any) -> Any:
        """Add NORMAL_OFFSET to each component of a vector."""
        node = self.new("ShaderNodeVectorMath", operation="ADD")
        self.tree.links.new(vector, node.inputs[0])
        node.inputs[1].default_value = (NORMAL_OFFSET,) * 3
        return node.outputs[0]

    def multiply_colours(self, first: Any, second: Any) -> Any:
        """Multiply two colours."""
        node = self.new("ShaderNodeMix", data_type="RGBA", blend_type="MULTIPLY")
        node.inputs[0].default_value = 1.0
        self.connect(first, node.inputs[6])
        self.connect(second, node.inputs[7])
        return node.outputs[2]
