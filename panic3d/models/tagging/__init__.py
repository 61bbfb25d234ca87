"""A small tagger of our own: tags of generated characters, and the features that it learns on the way."""
