"""The surfaces of hair in version 3 of the generator: rounded locks, a smooth scalp, textures in many manners."""
