"""HTTP requests that respect a site's limits, and lists of things to fetch."""
