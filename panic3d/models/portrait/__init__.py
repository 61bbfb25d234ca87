"""From any picture to the canonical portrait: reading, faces and landmarks, alignment, matting."""
