"""Programs that a test interrupts, whatever the tests before it have done to the signal."""

import signal


def interruptible() -> None:
    """Let SIGINT reach a program that is about to start: what ignores or blocks it is inherited."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
