"""Fixtures of the tests that compare with recorded numbers of the published system."""

from helpers.parity_cases import case, pytest_generate_tests

__all__ = ["case", "pytest_generate_tests"]
