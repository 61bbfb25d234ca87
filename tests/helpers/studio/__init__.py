"""A running studio, one without a worker, and pictures to upload."""
