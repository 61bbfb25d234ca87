"""Parity tests run over every recorded file of the folder that PANIC3D_PARITY names, and skip where it is unset."""

from helpers.parity_cases import case, pytest_configure, pytest_generate_tests

__all__ = ["case", "pytest_configure", "pytest_generate_tests"]
