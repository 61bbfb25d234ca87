"""Small avatar files, damaged ones, and readers that share no code with the package."""
