"""Regress the parameters of a generated character from a portrait."""
