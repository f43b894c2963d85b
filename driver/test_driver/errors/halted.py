"""What ends the script from outside, and scripts that cannot run."""

import signal

__all__ = [
    "GlobalTimeout",
    "Halted",
    "Interrupted",
    "OutputLost",
    "ScriptRefused",
    "ScriptSyntaxError",
]


class ScriptSyntaxError(Exception):
    """The script does not compile."""

    def __init__(self, path: str, line: int, source: str, reason: str) -> None:
        self.path = path
        self.line = line
        super().__init__(
            f"{path}, line {line}: {reason}"
            + (f"\n    {source.strip()}" if source.strip() else "")
            + "\nno machine was started"
        )


class Halted(BaseException):
    """The script was stopped from outside."""


class ScriptRefused(Halted):
    """The script was checked, and has problems: all of them are in the message."""


class GlobalTimeout(Halted):
    """The whole test took too long."""

    def __init__(self, seconds: float, step: str) -> None:
        self.seconds = seconds
        where = f", in the step: {step}" if step else ""
        super().__init__(f"the test did not end within {seconds:g} s{where}")


class OutputLost(Halted):
    """What happens cannot be recorded any more."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(
            f"cannot write to {where}: {reason}; "
            "make room there, or choose another output folder with --output_directory"
        )


class Interrupted(Halted):
    """A signal asked the driver to stop."""

    def __init__(self, number: int, step: str) -> None:
        self.number = number
        where = f", in the step: {step}" if step else ""
        super().__init__(f"interrupted by {signal.Signals(number).name}{where}")
