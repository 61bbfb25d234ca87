"""The exceptions for avatars that cannot or should not be rendered."""

from panic3d.runtime.sentences import shorten_sentence


class AvatarError(Exception):
    """An avatar that cannot be used; the message is the one-sentence reason for the manifest (status `failed`)."""

    def __init__(self, reason: str) -> None:
        super().__init__(shorten_sentence(reason))


class AvatarSkipped(AvatarError):
    """A readable file that is left out on purpose: a check rejected it, or it holds no character (status `skipped`)."""
