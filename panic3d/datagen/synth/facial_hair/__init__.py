"""Beards, moustaches and sideburns since version 3 of the generator."""
