"""The parts of every character, whatever its format: surfaces, materials, skeleton, pose and part labels."""
