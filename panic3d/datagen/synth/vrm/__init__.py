"""Writing VRM files: skeleton, VRM blocks, glTF binary."""
