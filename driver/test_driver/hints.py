"""Hints: what to change in a test when a guest runs into a known limit of its machine."""

# What a guest writes, and what its test can do about it.
_HINTS = {
    # The kernel's text, from its log, from `mount`, or from docker and podman.
    "not supported as upperdir": (
        "an overlay cannot be the upper layer of another, and the root of a Debian node is an "
        'overlay: set `rootFilesystem = "ext4"` (or "xfs", "btrfs") for this node, or put upperdir '
        "and workdir on a tmpfs such as /run or on a disk of `emptyDiskImages`"
    ),
}


def hint(*texts: str) -> str:
    """Return the hint for what a guest wrote, or nothing.

    >>> hint("overlay: filesystem on /o/u not supported as upperdir.")[:10]
    'an overlay'
    """
    for tokens, advice in _HINTS.items():
        if any(tokens in text for text in texts):
            return advice
    return ""


def hint_line(*texts: str) -> str:
    """Return the hint as a line for the end of a message, or nothing."""
    advice = hint(*texts)
    return f"\n  hint: {advice}" if advice else ""
