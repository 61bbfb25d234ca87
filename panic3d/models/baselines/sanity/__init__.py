"""Methods that learn nothing: mean, nearest, relief, and oracle methods, which are given the truth."""
