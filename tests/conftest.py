"""Shapes in signatures are checked in every test run."""

from jaxtyping import install_import_hook

install_import_hook("panic3d", "beartype.beartype")
