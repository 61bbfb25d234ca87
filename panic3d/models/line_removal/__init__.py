"""From an illustration to what a render would look like: ink lines found, and painted over."""
