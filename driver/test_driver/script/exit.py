"""What `sys.exit` means in a script."""


def is_success(error: BaseException) -> bool:
    """Tell whether an exception ends a script well: `sys.exit(0)` while nothing else has failed."""
    # Not by their truth: an exception of the script may be false, or be as long as its list.
    is_first = error.__context__ is None and error.__cause__ is None
    return is_first and says_success(error)


def says_success(error: BaseException) -> bool:
    """Tell whether an exception is `sys.exit(0)`, whatever has failed before it."""
    return isinstance(error, SystemExit) and (
        error.code is None or (isinstance(error.code, int) and error.code == 0)
    )
