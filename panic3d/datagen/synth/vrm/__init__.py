"""Write VRM files: skeleton, VRM blocks, binary glTF."""
