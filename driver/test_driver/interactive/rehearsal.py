"""A script under rehearsal: run in parts, edited, and run again from where it failed."""

import __future__

import ast
import contextlib
import copy
import functools
import itertools
import logging
import operator
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

from ..driver import Driver
from ..errors import DriverError
from ..log import say
from ..machine.snapshot import forget, keep
from ..report.session_report import SessionReport
from ..script.assertions import explain, is_wanted
from ..script.main_module import MAIN, new_main_module
from ..script.script import Script
from ..script.script_globals import script_names

logger = logging.getLogger(__name__)

# A statement that is compiled alone still obeys the script's `from __future__ import`.
_FUTURE_FLAGS = functools.reduce(
    operator.or_,
    (getattr(__future__, name).compiler_flag for name in __future__.all_feature_names),
)
# What may stand before a subtest that is run alone: it does nothing to a machine.
_DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A place in the script to which one can go back: before a subtest at the top level."""

    index: int
    title: str
    snapshot: str
    names: dict[str, object]


class Rehearsal:
    """The test script, as the prompt runs it: one statement of its top level after the other.

    Before each subtest there, a snapshot of all machines is made.
    """

    def __init__(
        self, driver: Driver, path: Path, report: SessionReport, *, keep_state: bool = False
    ) -> None:
        self.path = path
        self.prompt_names = {**script_names(driver), **self.functions()}
        self._driver = driver
        self._report = report
        self._keep_state = keep_state
        self._names: dict[str, object] = {}
        self._marks: list[Mark] = []
        self._done: list[str] = []  # the statements that were run, to be found again in the next
        self._numbers = itertools.count(1)

    def functions(self) -> dict[str, Callable[..., object]]:
        """Return the functions that a prompt has beside the globals of a script."""
        return {
            "test_script": self.test_script,
            "run_tests": self.run_tests,
            "subtests": self.subtests,
            "run_subtest": self.run_subtest,
            "rerun": self.rerun,
        }

    def test_script(self) -> None:
        """Run the test script, as it is on disk now, with the machines as they are.

        >>> test_script()
        """
        self._play(Script(self.path))

    def run_tests(self) -> None:
        """Run the test script, as it is on disk now, with machines that were never started.

        Those that run are switched off, and what was written to their disks is forgotten, unless
        the state of machines is kept (`--keep-machine-state`).

        >>> run_tests()
        """
        script = Script(self.path)
        for machine in self._driver.machines:
            machine.crash()
            if not self._keep_state:
                machine.cleanup_statedir()
        self._play(script)

    def rerun(self) -> None:
        """Run the test script, as it is on disk now, from where it failed or was changed.

        Machines and global variables are as they were before the subtest in which that is, or
        before the last one above it; what comes before is not run again. Where no snapshot was
        made, everything is run afresh, as by `run_tests()`.

        >>> rerun()
        """
        script = Script(self.path)
        statements = _statements(script)
        same = _common(self._done, [ast.dump(statement) for statement in statements])
        usable = [mark for mark in self._marks if mark.index <= same]
        if not usable or same == len(statements):
            self.run_tests()
            return
        mark = usable[-1]
        say(f"rerunning from the subtest: {mark.title}", header=True)
        self._driver.restore_all(mark.snapshot)
        self._forget_marks(len(usable))
        # The same dictionary: functions that were defined before look into it.
        self._names.clear()
        self._names.update(mark.names)
        self._play_from(script, statements, mark.index)

    def subtests(self) -> list[str]:
        """Return the names of the subtests of the script, as it is on disk now.

        A name that the script computes is not among them.

        >>> subtests()
        """
        tree = ast.parse(Script(self.path).source)
        titles = [_title(node) for node in ast.walk(tree) if isinstance(node, ast.stmt)]
        return [title for title in titles if title is not None]

    def run_subtest(self, name: str) -> None:
        """Run one subtest of the script, as it is on disk now, with the machines as they are.

        It must stand at the top level of the script. Imports, functions and classes above it are
        defined anew; other variables are those of the last run. Raises ValueError if there is no
        such subtest.

        >>> run_subtest("the page is served")
        """
        script = Script(self.path)
        statements = _statements(script)
        titles = [_title(statement) for statement in statements]
        if name not in titles:
            found = ", ".join(repr(title) for title in titles if title is not None) or "none"
            raise ValueError(
                f"{self.path} has no subtest {name!r} at its top level; it has there: {found}"
            )
        if not self._names:
            self._begin(script)
        index = titles.index(name)
        chosen = [one for one in statements[:index] if isinstance(one, _DEFINITIONS)]
        with self._told(script):
            for statement in (*chosen, statements[index]):
                exec(_code(script, statement), self._names)

    def _play(self, script: Script) -> None:
        self._begin(script)
        self._forget_marks(0)
        self._play_from(script, _statements(script), 0)

    def _begin(self, script: Script) -> None:
        names = script_names(self._driver)
        script.provide(names)
        module = sys.modules[MAIN] = new_main_module(self.path, names)
        self._names = module.__dict__

    def _play_from(self, script: Script, statements: list[ast.stmt], first: int) -> None:
        del self._done[first:]
        with self._told(script):
            with self._driver.steps.step("run the test script"):
                for index, statement in enumerate(statements[first:], first):
                    if (title := _title(statement)) is not None:
                        self._mark(index, title)
                    exec(_code(script, statement), self._names)
                    self._done.append(ast.dump(statement))
            say("the test script has passed", header=True)

    def _mark(self, index: int, title: str) -> None:
        """Make a snapshot of all machines, unless they were just restored to one here."""
        running = any(machine.booted for machine in self._driver.machines)
        known = any(mark.index == index for mark in self._marks)
        if known or not running:
            return
        snapshot = f"rerun-{next(self._numbers)}"
        try:
            keep(self._driver, snapshot)
        except DriverError as error:
            logger.warning("no snapshot before the subtest %s: %s", title, error)
            return
        names = dict(self._names)
        self._marks.append(Mark(index=index, title=title, snapshot=snapshot, names=names))

    def _forget_marks(self, kept: int) -> None:
        """Delete the snapshots of all marks but the first ones."""
        for mark in self._marks[kept:]:
            forget(self._driver.everyone, mark.snapshot)
        del self._marks[kept:]

    @contextlib.contextmanager
    def _told(self, script: Script) -> Iterator[None]:
        """Tell a failure as a build would; let the prompt see the script's variables."""
        try:
            with self._report.run(script):
                yield
        except Exception:  # noqa: BLE001 - whatever the script raises was told
            say(f"correct the script in {self.path}, and call rerun()")
        finally:
            given = {*script_names(self._driver), *new_main_module(self.path, {}).__dict__}
            variables = {name: self._names[name] for name in self._names if name not in given}
            self.prompt_names.update(variables)


def _statements(script: Script) -> list[ast.stmt]:
    return ast.parse(script.source, str(script.path)).body


def _code(script: Script, statement: ast.stmt) -> CodeType:
    module = ast.Module([copy.deepcopy(statement)], [])
    if is_wanted():
        explain(module, script.source)
    flags = script.code_flags & _FUTURE_FLAGS
    code: CodeType = compile(module, str(script.path), "exec", flags, dont_inherit=True)
    return code


def _title(statement: ast.stmt) -> str | None:
    """Return the name of the subtest that a statement is, if it is one with a fixed name."""
    match statement:
        case ast.With(
            items=[
                ast.withitem(
                    context_expr=ast.Call(
                        func=ast.Name(id="subtest") | ast.Attribute(attr="subtest"),
                        args=[ast.Constant(value=str(title)), *_],
                    )
                ),
                *_,
            ]
        ):
            return title
    return None


def _common(done: list[str], statements: list[str]) -> int:
    """Return how many statements at the beginning are the same."""
    pairs = enumerate(zip(done, statements, strict=False))
    shorter = min(len(done), len(statements))
    return next((index for index, (one, other) in pairs if one != other), shorter)
