"""`rehearse up` with fake machines, and `pytest --live`."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from ..pytest_plugin.conftest import Tests
from ..support.interruptible import interruptible

UP = (sys.executable, "-B", "-m", "test_driver.program.main", "up")


@dataclass(kw_only=True)
class Up:
    """`rehearse up`, and what it has said."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    _news: threading.Condition = field(default_factory=threading.Condition)

    def read(self) -> None:
        """Read what it says until its end."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._news:
                self.lines.append(line)
                self._news.notify_all()

    def wait_for(self, text: str) -> str:
        """Wait until it says something; return all that it has said."""
        with self._news:
            assert self._news.wait_for(lambda: text in "".join(self.lines), 30), self.lines
            return "".join(self.lines)


@pytest.fixture
def up(tests: Tests) -> Iterator[Callable[..., Up]]:
    """Start `rehearse up` for the testbed of the tests."""
    started: list[tuple[Up, threading.Thread]] = []

    def start(*arguments: str) -> Up:
        tests.command()  # writes the testbed
        process = subprocess.Popen(
            [*UP, str(tests.process.folder / "testbed"), *arguments],
            env=tests.environment(),
            cwd="/",
            preexec_fn=interruptible,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        made = Up(process=process)
        thread = threading.Thread(target=made.read)
        thread.start()
        started.append((made, thread))
        made.wait_for("up: ")
        return made

    yield start
    for made, thread in started:
        made.process.kill()
        made.process.wait()
        thread.join()
        assert made.process.stdout is not None
        made.process.stdout.close()


USES = """
import pytest
def test_one(machine1):
    assert machine1.booted
    machine1.succeed("true")
@pytest.mark.parametrize("value", ["[x y]"])
def test_two(two_2, value):
    assert two_2.booted
def test_none(): pass
def test_missing(machine3): pass
def test_failing(machine1): assert machine1.name == "another"
"""


def test_tests_run_with_the_machines_that_are_up(tests: Tests, up: Callable[..., Up]) -> None:
    tests.write(test_a=USES)
    server = up()
    for _ in range(2):
        done = tests.checkout("--live")
        assert done.status == 1, done.said + "".join(server.lines)
        assert "1 failed, 3 passed, 1 error" in done.said
        assert "AssertionError: assert 'machine1' == 'another'" in done.said
        assert "machine1, two_2" in done.said  # those that there are
    assert not tests.process.output.exists() or not [*tests.process.output.iterdir()]
    assert "".join(server.lines).count("machine1: starting") == 1
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(30) == 0


def test_a_machine_that_has_ended_starts_afresh(tests: Tests, up: Callable[..., Up]) -> None:
    tests.write(test_a="def test_it(machine1): machine1.succeed('true')")
    server = up()
    found = re.search(r"machine1: QEMU runs \(process (\d+)\)", "".join(server.lines))
    assert found is not None
    os.kill(int(found[1]), signal.SIGKILL)
    server.wait_for("machine1: QEMU has exited")
    done = tests.checkout("--live")
    assert done.status == 0, done.said + "".join(server.lines)
    assert "machine1 has ended meanwhile: all machines start afresh" in "".join(server.lines)


def test_a_signal_ends_tests_and_machines(tests: Tests, up: Callable[..., Up]) -> None:
    tests.write(
        test_a="import os, pathlib, signal, time\n"
        "def test_it(machine1):\n    os.kill(os.getpid(), signal.SIGTERM)\n    time.sleep(50)\n"
        "def test_next(machine1): pass"
    )
    server = up("--machine", "machine1", "--isolation", "none")
    done = tests.checkout("--live")
    assert done.status == 1
    assert "interrupted by SIGTERM" in done.said
    assert "1 failed" in done.said
    assert server.process.wait(30) == 128 + signal.SIGTERM
    assert "two-2: starting" not in server.wait_for("machine1: starting")


HEAVY = """
import sys
def pytest_unconfigure():
    heavy = {"pydantic", "asyncio", "test_driver.driver", "test_driver.configuration"}
    print("heavy:", sorted(heavy & {*sys.modules}))
"""


def test_the_client_imports_little(tests: Tests, up: Callable[..., Up]) -> None:
    tests.write(test_a="def test_it(machine1): pass", conftest=HEAVY)
    up("--machine", "machine1")
    done = tests.checkout("--live", "-p", "no:hypothesispytest")
    assert "1 passed" in done.said
    assert "heavy: []" in done.said


def test_the_client_reads_the_document_where_a_mark_needs_it(
    tests: Tests, up: Callable[..., Up]
) -> None:
    tests.write(
        test_a="import pytest\n@pytest.mark.variants(machine1='kernel')\n"
        "def test_it(machine1): pass"
    )
    up("--machine", "machine1")
    done = tests.checkout("--live")
    assert "variants(machine1='kernel'): machine1 has no such axis of variants" in done.said


def test_with_a_debugger_tests_run_in_its_process(tests: Tests) -> None:
    tests.write(test_a="def test_it(machine1): assert machine1.booted", pydevd="")
    done = tests.checkout("--live", "-p", "pydevd")
    assert done.status == 0, done.said
    assert "live: a debugger is attached, so tests run here, with machines of their own" in (
        done.said
    )


def test_live_can_be_taken_back(tests: Tests) -> None:
    tests.write(test_a="def test_it(machine1): assert machine1.booted")
    assert "1 passed" in tests.checkout("--live", "--no-live").said


def test_live_needs_a_testbed(tests: Tests) -> None:
    tests.write(test_a="def test_it(): pass")
    done = tests.checkout("--live", testbed=False)
    assert done.status == 4
    assert "--live needs a testbed; give the one that is up" in done.said
    done = tests.checkout("--live")
    assert done.status == 4
    assert "--live: no `rehearse up` was found for the testbed" in done.said


def test_the_tests_that_failed_in_a_build_run_alone(tests: Tests) -> None:
    tests.write(test_a="def test_good(): pass\ndef test_bad(): assert 0")
    assert tests.build().status == 1
    done = tests.checkout("--lf-from", str(tests.process.output), testbed=False)
    assert "1 failed, 1 deselected" in done.said
    done = tests.checkout("--lf-from", "absent", testbed=False)
    assert done.status == 4
    assert "--lf-from absent: not found; give the output folder of a test" in done.said
