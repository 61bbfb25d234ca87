"""The original data: downloads with the user's own account, and imports of files that the user has."""
