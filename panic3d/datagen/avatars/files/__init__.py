"""Access to the files of an avatar: its folder, archives, and images, within limits."""
