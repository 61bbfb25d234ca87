"""What is said of an avatar that cannot be rendered, or that is not wanted."""


class AvatarError(Exception):
    """An avatar that cannot be used; the message is the one-sentence reason for the manifest (`failed`)."""


class AvatarSkipped(AvatarError):
    """A readable file that is left out on purpose: a check turned it down, or it holds no character (`skipped`)."""
