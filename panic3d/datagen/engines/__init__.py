"""The engines that render views of surfaces: Blender's Cycles, and pyrender."""
