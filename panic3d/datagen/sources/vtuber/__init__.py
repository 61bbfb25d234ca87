"""Portraits of the virtual YouTuber wiki."""
