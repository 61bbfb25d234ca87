"""The original data: downloads with the user's own account, and imports of what the user already has."""
