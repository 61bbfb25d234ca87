"""The worker process, which alone imports the networks and decodes pictures."""
