"""A page of one file that shows an avatar: it opens from disk, without a network."""
