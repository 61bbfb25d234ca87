"""The paper's rivals for turning illustrations into renders: whole pictures translated, unpaired."""
