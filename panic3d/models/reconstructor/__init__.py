"""The PAniC-3D reconstructor: backbone, triplane, volume, losses, method."""
