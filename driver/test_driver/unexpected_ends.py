"""Failures that no call waits for: noted when they happen, judged at the end of the script."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .error_text import headline
from .errors import Halted, SeveralErrors

logger = logging.getLogger(__name__)


class Losses:
    """Unexpected ends of machines, and of the programs and tasks that serve them.

    A script may never use a machine again after its end, or may catch the exception. So each end is
    noted here, and fails the test when the script has ended. Any thread may call these methods.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._noted: list[Exception] = []
        self._expecting: list[tuple[str, list[Exception]]] = []

    def note(self, error: Exception, machine: str | None = None, *, provoked: bool = False) -> None:
        """Log a failure, and keep it for the end of the script, unless the script expects it.

        `provoked` says that the cause may be a fault that the script has made on purpose.
        """
        with self._lock:
            expecting = [found for name, found in self._expecting if name == machine]
            if expecting:
                expecting[-1].append(error)
            elif not provoked:
                self._noted.append(error)
        if expecting:
            logger.info("%s (the script expects this)", headline(error), extra={"always": True})
        elif provoked:
            logger.warning("%s (under a fault that the script has made)", headline(error))
        else:
            logger.error("%s", headline(error))

    @contextmanager
    def expecting(self, machine: str) -> Iterator[list[Exception]]:
        """Give the failures of one machine to the block instead."""
        entry: tuple[str, list[Exception]] = (machine, [])
        with self._lock:
            self._expecting.append(entry)
        try:
            yield entry[1]
        finally:
            with self._lock:
                self._expecting = [one for one in self._expecting if one is not entry]

    @contextmanager
    def judged(self, settle: Callable[[], object]) -> Iterator[None]:
        """Run the script in the body, and raise what was noted meanwhile.

        `settle` waits until what has happened is noted. An error of the script is raised as it is,
        with what was noted as its cause, because that came first.
        """
        self._forget()
        with self.judged_apart(settle):
            yield

    @contextmanager
    def judged_apart(self, settle: Callable[[], object]) -> Iterator[None]:
        """Judge a part of the script: as `judged`, and what was noted until then counts as well.

        The judgement on the whole script, and on later parts, does not repeat it.
        """
        try:
            yield
        except Halted:
            raise
        except BaseException as error:
            settle()
            self._precede(error)
            self._forget()
            raise
        settle()
        try:
            self._check()
        finally:
            self._forget()

    def _check(self) -> None:
        """Raise what was noted, if anything was."""
        with self._lock:
            noted = list(self._noted)
        if not noted:
            return
        raise noted[0] if len(noted) == 1 else SeveralErrors(noted)

    def _forget(self) -> None:
        with self._lock:
            self._noted.clear()

    def _precede(self, error: BaseException) -> None:
        """Make what was noted the cause of a later error, because it came first."""
        with self._lock:
            noted = list(self._noted)
        chain, last = {id(error)}, error
        while (before := _before(last)) is not None and id(before) not in chain:
            chain.add(id(before))
            last = before
        missing = [one for one in noted if not _told_by(one, error)]
        if missing:
            last.__cause__ = missing[0] if len(missing) == 1 else SeveralErrors(missing)


def _told_by(noted: Exception, error: BaseException) -> bool:
    """Tell whether an error, or what it came from, is about the same end."""
    chain: BaseException | None = error
    seen: set[int] = set()
    while chain is not None and id(chain) not in seen:
        seen.add(id(chain))
        several = chain.errors if isinstance(chain, SeveralErrors) else [chain]
        if any(type(one) is type(noted) and headline(one) == headline(noted) for one in several):
            return True
        chain = _before(chain)
    return False


def _before(error: BaseException) -> BaseException | None:
    return error.__cause__ if error.__cause__ is not None else error.__context__
