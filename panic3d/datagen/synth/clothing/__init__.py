"""The body and its clothes."""
