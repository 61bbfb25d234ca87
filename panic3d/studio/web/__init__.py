"""The web server: the page, the API, and what protects both."""
