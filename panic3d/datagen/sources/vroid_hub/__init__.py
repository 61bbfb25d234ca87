"""Models of VRoid Hub, with the user's own account."""
