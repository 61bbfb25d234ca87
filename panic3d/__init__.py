"""From one anime portrait, the 3D head."""
