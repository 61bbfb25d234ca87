"""Weight files: catalogue, download, safe reading of pickles, files of the package, and LPIPS."""
