"""The exceptions for avatars that cannot or should not be rendered."""


class AvatarError(Exception):
    """An avatar that cannot be used; the message is the one-sentence reason for the manifest (status `failed`)."""


class AvatarSkipped(AvatarError):
    """A readable file that is left out on purpose: a check rejected it, or it holds no character (status `skipped`)."""
