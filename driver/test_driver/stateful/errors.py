"""Errors of state machines: those that cannot be used, and those that have found something."""

from ..errors import DriverError, RequestedAssertionFailed


class StatefulError(DriverError):
    """A state machine, or what its rules draw from, cannot be used."""


class HypothesisMissing(StatefulError):
    """The driver's Python has no Hypothesis."""

    def __init__(self) -> None:
        super().__init__(
            "test_driver.stateful cannot be used, because the driver's Python lacks Hypothesis; "
            "install it (`pip install hypothesis`)"
        )


class PropertyFailed(RequestedAssertionFailed):
    """A state machine has an example that fails: what was done then, as a script."""

    tells_cause = True  # the message has it

    def __init__(
        self,
        state_machine: str,
        *,
        script: str,
        reason: str,
        found: str,
        call: str,
        always: bool,
    ) -> None:
        self.script = script
        self.steps = tuple(script.splitlines()[1:])
        replay = (
            "To take the steps again, put them into the script in the place of the search, or type "
            "them at the prompt of driverInteractive."
            if always
            else "Not each time: the same steps have also passed, so they were not shortened."
        )
        super().__init__(
            f"{state_machine} fails ({found}) after these steps:\n\n{script}\n\nwith {reason}\n"
            f"{replay}\n{call} finds the failure again. So does any search with examples=FOLDER, "
            "where FOLDER is `hypothesis` of this run's output: it is tried first."
        )
