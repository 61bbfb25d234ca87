"""What every reader gives: surfaces, skeleton, pose and parts of a character."""
