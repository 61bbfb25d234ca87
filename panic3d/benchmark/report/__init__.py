"""Reports of benchmark results that open from disk: Markdown, CSV and one HTML page with images."""
