"""HTTP requests within the limits of a site, and folders of downloads."""
