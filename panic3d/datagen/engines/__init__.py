"""The engines that render views: Blender's Cycles and pyrender."""
