"""The PAniC-3D reconstructor: fields, networks, rendering, geometry, training and the method."""
