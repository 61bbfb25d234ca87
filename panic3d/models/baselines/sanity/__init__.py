"""Methods that learn nothing: mean, nearest, relief, and bounds that see the truth."""
