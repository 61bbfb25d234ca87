"""The shape of the fitted character: alignment, deformation to the outline, hair, what is cut and what is added."""
