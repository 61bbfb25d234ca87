"""AnimeRecon's pairs from the user's own downloads."""
