"""`panic3d studio`: a local server with a page on which pictures become heads, and a JSON API for programs."""
