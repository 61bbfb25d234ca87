"""Hair as locks: tapered, curved strands with volume around the skull."""
