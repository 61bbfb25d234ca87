"""The networks: backbone, planes, decoder, super-resolution, discriminator."""
