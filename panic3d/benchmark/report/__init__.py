"""Reports that open from disk: Markdown, CSV and one HTML page with pictures."""
