"""What is said where the results folder cannot be written."""

from panic3d.runtime.files import DISK_ERRORS


def explain_disk_error(error: OSError) -> str | None:
    """Explain a full disk, an exhausted quota and the like; None for other errors."""
    if error.errno not in DISK_ERRORS:
        return None
    return f"the results folder cannot be written ({error.strerror}): free some space and try again"
