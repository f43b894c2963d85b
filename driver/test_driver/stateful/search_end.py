"""What ends the search for an example that fails."""


class EndOfSearch(BaseException):
    """What is no example's failure, and must get past Hypothesis: it would look for a shorter one.

    Without an error, the time is up.
    """

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        super().__init__(str(error))
