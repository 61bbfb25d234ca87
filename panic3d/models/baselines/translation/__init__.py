"""The paper's baselines of line removal: unpaired translation of whole pictures from drawings to renders."""
