"""Avatars in, shards out."""
