"""Cuts and hairdos of version 3 of the generator, for women, men and children."""
