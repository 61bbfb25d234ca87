"""Training by volume rendering, as published: every view by its own rays, and a discriminator."""
