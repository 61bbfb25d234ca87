"""Generate anime characters: parameters to meshes and textures to VRM files, with exact labels. Needs no Blender."""
