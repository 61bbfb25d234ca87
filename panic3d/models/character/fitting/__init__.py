"""From predicted parameters to this character: search, deformation to the outline and landmarks, colours by part."""
