"""What `sys.exit` means in a script."""


def is_success(error: BaseException) -> bool:
    """Tell whether an exception ends a script well: `sys.exit(0)` while nothing else has failed."""
    if not isinstance(error, SystemExit) or error.__context__ or error.__cause__:
        return False
    return says_success(error)


def says_success(error: BaseException) -> bool:
    """Tell whether an exception is `sys.exit(0)`, whatever has failed before it."""
    return isinstance(error, SystemExit) and (
        error.code is None or (isinstance(error.code, int) and error.code == 0)
    )
