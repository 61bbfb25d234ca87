"""Outfits of the figure: one function per outfit, made of painted sheets."""
