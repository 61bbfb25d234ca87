"""The meshes of an avatar beside its face: parts with few triangles, skeleton, skin weights and spring chains."""
