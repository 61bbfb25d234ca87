"""Weight files: the catalogue, fetching, safe reading of pickles, shipped files, and LPIPS."""
