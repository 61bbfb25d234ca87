"""Generated anime characters: parameters -> meshes and textures -> .vrm, with exact labels. No Blender."""
