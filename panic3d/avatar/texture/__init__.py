"""The texture of an avatar: one atlas for all parts, painted from the fitted character and the portrait."""
