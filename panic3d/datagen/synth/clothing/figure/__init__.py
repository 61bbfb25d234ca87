"""The body as a smooth figure with lowered arms, on which garments are laid."""
