"""Hair as locks: tapered, curved strands of real volume around the skull."""
