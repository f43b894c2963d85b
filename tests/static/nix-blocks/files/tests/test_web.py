"""What a folder of tests has."""


def test_web() -> None:
    """Pass."""
