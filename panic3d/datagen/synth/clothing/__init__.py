"""Body and clothes."""
