"""The manners in which textures are painted; skin, hair and cloth of a character share one."""

MANNERS = ("soft", "flat", "cel", "airbrushed", "glossy", "gradient", "lined")
"""`soft` is how version 2 of the generator paints."""
