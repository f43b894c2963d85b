"""`rehearse test`, from its arguments to its exit status."""

import asyncio
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import DriverError, HostError
from ..nix.reference import read_reference
from ..nix.settings import read_settings
from ..run.exit_status import ExitStatus
from ..suite.exit_status import SuiteStatus, suite_status
from ..suite.model import Suite
from ..suite.timings import update_history
from .choice import choose
from .kept import kept_for
from .outputs import write_outputs
from .results import Results
from .session import Session, run_tests
from .terminal import DRAW_SECONDS, Terminal
from .wanted import Wanted
from .watcher import Watcher

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_command(wanted: Wanted, watcher: Watcher) -> int:
    """Run tests, and return the exit status: see SuiteStatus, and 128 + number for a signal.

    Raises ConfigurationError, or HostError if what was found cannot be written.
    """
    try:
        return asyncio.run(_Command(wanted=wanted, watcher=watcher).run())
    finally:
        watcher.close()


@dataclass(slots=True, kw_only=True)
class _Command:
    wanted: Wanted
    watcher: Watcher
    folder: Path = field(default_factory=Path.cwd)
    _signal: int | None = None

    async def run(self) -> int:
        """Run the command as a task that signals cancel."""
        task = asyncio.ensure_future(self._run())
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._stop, number, task)
        ticking = asyncio.ensure_future(self._tick())
        try:
            return await task
        except asyncio.CancelledError:
            if self._signal is None:
                raise
            return ExitStatus.of_signal(self._signal)
        finally:
            ticking.cancel()

    def _stop(self, number: int, task: "asyncio.Task[int]") -> None:
        """End all builds; whoever asks again, does not wait for Nix."""
        name = signal.Signals(number).name
        if self._signal is None:
            self.watcher.say(f"{name}: ending all builds")
        self._signal = self._signal or number
        task.cancel()

    async def _tick(self) -> None:
        while isinstance(self.watcher, Terminal):
            self.watcher.tick()
            await asyncio.sleep(DRAW_SECONDS)

    async def _run(self) -> int:
        began = time.monotonic()
        wanted, folder = self.wanted, self.folder
        settings = await read_settings(wanted.build_options, folder)
        value = read_reference(wanted.reference, settings.system)
        kept = kept_for(value, folder)
        choice, history = await choose(value, wanted, folder, kept, self.watcher)
        self.watcher.selected([test.name for test in choice.tests], choice.others)
        results = Results(value.installable, choice.tests)
        session = Session(
            wanted=wanted,
            value=value,
            folder=folder,
            kept=kept,
            settings=settings,
            history=history,
            watcher=self.watcher,
            results=results,
        )
        note = ""
        try:
            await run_tests(session, choice.tests)
        except asyncio.CancelledError:
            if self._signal is None:
                raise
            note = f"interrupted by {signal.Signals(self._signal).name}"
        suite = results.suite(seconds=time.monotonic() - began, note=note or self._stopped(results))
        status = self._status(suite, results)
        self._finish(suite, session, choice.all_names, status)
        return status

    def _stopped(self, results: Results) -> str:
        return (
            "stopped at the first failure" if results.has_failure and self.wanted.until_fail else ""
        )

    def _status(self, suite: Suite, results: Results) -> int:
        if self._signal is not None:
            return ExitStatus.of_signal(self._signal)
        if self.wanted.until_fail and results.has_failure:
            return SuiteStatus.FAILED
        return suite_status(suite)

    def _finish(
        self, suite: Suite, session: Session, all_names: Sequence[str], status: int
    ) -> None:
        """Write what is asked for, and keep what the next run needs. Raises HostError."""
        problems = []
        history = session.history
        path = self.wanted.timings or (session.kept.timings if session.kept else None)
        # Under load, tests take longer than they will.
        if path is not None and not self.wanted.load:
            try:
                history = update_history(path, suite)
            except DriverError as error:
                problems.append(str(error))
        if session.kept:
            session.kept.remember(suite, all_names)
        files: Sequence[str] = ()
        try:
            files = write_outputs(suite, self.wanted, history)
        except DriverError as error:
            problems.append(str(error))
        self.watcher.finished(suite, files, status)
        if problems:
            raise HostError("\n".join(problems))
