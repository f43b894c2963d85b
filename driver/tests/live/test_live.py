"""`pytest --live`, as a person sees it: against a server in a process of its own."""

import os
import signal
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from test_driver.live.place import listening, place_of

from ..conftest import spawn_at_terminal
from .conftest import Project, environment

ALL_KINDS = """
import pytest, warnings
def test_pass(): pass
def test_fail():
    left, right = [1, 2], [1, 3]
    print("said by the test")
    assert left == right
@pytest.fixture
def broken(): raise ValueError("of the fixture")
def test_error(broken): pass
@pytest.fixture
def ends_badly():
    yield
    raise OSError("of the teardown")
def test_teardown(ends_badly): pass
@pytest.mark.skip(reason="why it is skipped")
def test_skip(): pass
@pytest.mark.xfail(reason="why it fails")
def test_xfail(): assert 0
@pytest.mark.xfail(strict=True)
def test_xpass(): pass
@pytest.mark.parametrize("value", ["a b", "[x]", "a::b", "\\u00e4\\u4e2d", "\\n"])
def test_value(value): pass
def test_properties(record_property): record_property("a", [1, {"b": object}])
class TestOne:
    def test_in_class(self): warnings.warn("a warning of mine")
"""


def cases(path: Path) -> list[tuple[str | None, ...]]:
    """Return the cases of a JUnit report, with how each has ended."""
    return [
        (one.get("name"), *(f"{part.tag} {part.get('message')}" for part in one))
        for one in ET.parse(path).iter("testcase")
    ]


@pytest.mark.parametrize("more", [(), ("-x",), ("--tb=short", "-k", "value or fail")])
def test_what_is_told_is_what_pytest_tells_itself(project: Project, more: tuple[str, ...]) -> None:
    project.write(test_kinds=ALL_KINDS)
    project.up()
    arguments = ("-rA", "-vv", *more, "--junitxml")
    live = project.run(*arguments, "live.xml")
    plain = project.run_plain(*arguments, "plain.xml")
    assert live.status == plain.status == 1
    assert cases(project.folder / "live.xml") == cases(project.folder / "plain.xml")
    assert live.comparable() == plain.comparable()
    assert "[1, 3]" in live.text


def test_the_options_and_files_of_the_client_count(project: Project) -> None:
    inner = project.folder / "inner"
    inner.mkdir()
    project.write(
        conftest="def pytest_addoption(parser): parser.addoption('--mine', default='no')",
        helper="VALUE = 'of the helper'",
    )
    (inner / "my_plugin.py").write_text(
        "import pytest\n@pytest.fixture\ndef mine(): return 'of my plugin'"
    )
    (project.folder / "pytest.ini").write_text(
        "[pytest]\naddopts = --mine=yes -p my_plugin --import-mode=prepend\n"
        "python_files = check_*.py\npythonpath = .\n"
    )
    (inner / "check_it.py").write_text(
        "import os, helper\n"
        "def test_all(request, mine, pytestconfig):\n"
        "    assert mine == 'of my plugin' and helper.VALUE == 'of the helper'\n"
        "    assert request.config.getoption('mine') == 'yes'\n"
        "    assert os.environ['OF_CLIENT'] == 'x' and 'OF_SERVER' not in os.environ\n"
        f"    assert os.getcwd() == {str(inner)!r} == str(pytestconfig.invocation_params.dir)\n"
        f"    assert str(pytestconfig.rootpath) == {str(project.folder)!r}\n"
        f"    assert pytestconfig.get_verbosity() == 1\n"
    )
    project.up()
    for arguments in ((), ("check_it.py",), ("check_it.py::test_all",), (str(inner),)):
        ended = project.run("-v", *arguments, cwd=inner, OF_CLIENT="x", PYTEST_ADDOPTS="-rA")
        assert ended.status == 0, ended.text
        assert "check_it.py::test_all PASSED" in ended.text


def test_edited_files_count_in_the_next_run(project: Project) -> None:
    project.up()
    for number in range(3):
        project.write(
            conftest=f"import pytest\n@pytest.fixture\ndef number(): return {number}",
            helper=f"NUMBER = {number}",
            test_a=f"import helper\ndef test_{number}(number, server):\n"
            f"    assert number == helper.NUMBER == {number} == server - 1",
        )
        ended = project.run("-v")
        assert ended.status == 0, ended.text
        assert f"test_a.py::test_{number} PASSED" in ended.text


def test_megabytes_arrive(project: Project) -> None:
    project.write(
        test_a="import os\ndef test_much():\n    print('x' * 3_000_000)\n"
        "    os.write(2, b'\\xff\\xfe' * 500_000)\n    assert 0\ndef test_next(): pass"
    )
    project.up()
    ended = project.run()
    assert ended.text.count("x") > 3_000_000
    assert "1 failed, 1 passed" in ended.text


@pytest.mark.parametrize("option", ["-s", "--capture=tee-sys"])
def test_output_that_is_not_captured_goes_to_the_client(project: Project, option: str) -> None:
    project.write(
        test_a="import sys\ndef test_a():\n    print('to output')\n"
        "    print('to errors', file=sys.stderr)"
    )
    server = project.up()
    ended = project.run(option)
    assert "to output" in ended.text
    assert "to errors" in ended.text
    assert "to output" not in project.run().text
    server.terminate()
    assert server.stdout is not None
    assert server.stdout.read() == ""


def test_a_file_that_has_no_syntax_runs_nothing(project: Project) -> None:
    project.write(test_a="def test_a(: pass", test_b="def test_b(): pass")
    project.up()
    ended = project.run()
    assert ended.status == 2
    assert "SyntaxError" in ended.text


def test_what_the_server_cannot_collect_is_an_error_that_says_why(project: Project) -> None:
    project.write(
        test_a="import os\nif 'OF_SERVER_RUN' in os.environ: pass\n"
        "import sys\nif 'test_driver.live.server' in sys.modules: raise KeyError('there')\n"
        "def test_a(): pass",
        test_b="def test_b(): pass",
    )
    project.up()
    ended = project.run()
    assert ended.status == 1
    assert "2 errors" in ended.text
    assert "`rehearse up` could not run the tests:" in ended.text
    assert "KeyError: 'there'" in ended.text


def test_a_test_that_the_server_does_not_find(project: Project) -> None:
    project.write(
        test_a="import sys\nif 'test_driver.live.server' not in sys.modules:\n"
        "    def test_gone(): pass\ndef test_there(): pass"
    )
    project.up()
    ended = project.run()
    assert "1 passed, 1 error" in ended.text
    assert "`rehearse up` found no such test (it was collected by the client)" in ended.text


SLEEPS = """
import pathlib, time
def test_sleep():
    pathlib.Path("begun").touch()
    try:
        time.sleep(100)
    finally:
        pathlib.Path("ended").touch()
def test_after(): pathlib.Path("after").touch()
"""


def wait_for(path: Path) -> None:
    """Wait until there is a file."""
    while not path.exists():
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_the_tests_of_a_client_that_dies_stop_at_once(
    project: Project, number: signal.Signals
) -> None:
    project.write(test_a=SLEEPS, test_b="def test_b(): pass")
    project.up()
    client = project.start("test_a.py")
    wait_for(project.folder / "begun")
    client.send_signal(number)
    client.wait(10)
    if number == signal.SIGINT:
        assert client.returncode == 2
    wait_for(project.folder / "ended")
    ended = project.run("test_b.py")
    assert "1 passed" in ended.text
    assert not (project.folder / "after").exists()


def test_a_server_that_dies_leaves_errors(project: Project) -> None:
    project.write(test_a=SLEEPS, test_0="def test_0(): pass")
    server = project.up()
    client = project.start()
    wait_for(project.folder / "begun")
    server.kill()
    text, _ = client.communicate(timeout=20)
    assert client.returncode == 1
    assert "1 passed, 2 errors" in text
    lost = f"the connection to `rehearse up` was lost: it ended (process {server.pid}); look at"
    assert lost in text
    assert "start it again with `rehearse up .#web`" in text


def test_two_clients_run_one_after_the_other(project: Project) -> None:
    project.write(
        test_a="import pathlib, time\ndef test_a():\n    pathlib.Path('begun').touch()\n"
        "    while not pathlib.Path('go').exists(): time.sleep(0.01)\n",
        test_b="def test_b(server): assert server == 2",
    )
    project.up()
    first = project.start("test_a.py")
    wait_for(project.folder / "begun")
    second = project.start("test_b.py")
    assert second.stdout is not None
    lines = iter(second.stdout)
    waiting = next(line for line in lines if "live: waiting" in line)
    assert waiting == f"live: waiting for another client, process {first.pid}\n"
    (project.folder / "go").touch()
    assert "1 passed" in "".join(lines)
    assert first.wait(20) == second.wait(20) == 0


def test_a_client_that_waits_may_go(project: Project) -> None:
    project.write(test_a=SLEEPS, test_b="def test_b(server): assert server == 2")
    project.up()
    first = project.start("test_a.py")
    wait_for(project.folder / "begun")
    second = project.start("test_a.py")
    assert second.stdout is not None
    next(line for line in second.stdout if "live: waiting" in line)
    second.kill()
    second.wait()
    first.kill()
    assert "1 passed" in project.run("test_b.py").text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--pdb",), "--pdb and --trace are refused with --live, because tests run in the process"),
        (("--trace",), "leave --live out: pytest then boots machines of its own, and stops in the"),
        (("-n", "2"), "-n is refused with --live, because there is one testbed; leave --live out"),
        (("-n", "2", "--dist=loadfile"), "-n is refused with --live"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    project: Project, arguments: tuple[str, ...], said: str
) -> None:
    project.write(test_a="def test_a(): pass")
    project.up()
    ended = project.run(*arguments)
    assert ended.status == 4
    assert f"ERROR: {said}" in ended.text or said in ended.text


def test_nothing_is_up(project: Project) -> None:
    project.write(test_a="def test_a(): pass")
    ended = project.run()
    assert ended.status == 4
    assert f"no `rehearse up` was found for the testbed {project.testbed}; start it" in ended.text
    assert "start it with `rehearse up .#web`" in ended.text
    assert project.run("--collect-only").status == 0


def test_a_server_that_was_killed_is_replaced(project: Project) -> None:
    project.write(test_a="def test_a(): pass")
    server = project.up()
    server.kill()
    server.wait()
    assert place_of(project.testbed).socket.exists()
    assert "no `rehearse up` was found" in project.run().text
    project.up()
    assert "1 passed" in project.run().text


def test_what_killed_servers_have_left_is_removed(project: Project, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    left, lives = place_of(tmp_path / "other"), place_of(project.testbed)
    with listening(lives):
        for path in (left.lock, left.socket):
            path.touch()
        with listening(place_of(tmp_path)):
            assert not left.lock.exists()
            assert not left.socket.exists()
            assert lives.lock.exists()
            assert lives.socket.exists()
    assert not lives.lock.exists()


def test_a_second_server_is_refused(project: Project) -> None:
    first = project.up()
    with pytest.raises(AssertionError, match=f"already runs for this testbed .process {first.pid}"):
        project.up()


def test_colours_are_those_of_the_client(project: Project) -> None:
    project.write(test_a="def test_a(): assert [1, 2] == [1, 3]")
    project.up()
    assert "\x1b[" not in project.run("-vv").text
    explained = []
    for place in ([f"--live-of={project.testbed}"], []):
        command = project.command(*place, "--color=auto", "-vv")
        session = spawn_at_terminal(
            command[0], command[1:], cwd=str(project.folder), env=environment(TERM="xterm")
        )
        lines = session.read().decode().splitlines()
        explained.append([line for line in lines if "E  " in line])
    assert explained[0] == explained[1]
    assert "\x1b[" in explained[0][-1]


def test_the_folder_of_sockets_is_private(project: Project) -> None:
    place = place_of(project.testbed)
    project.up()
    assert place.socket.parent.stat().st_mode & 0o777 == 0o700
    assert place.socket.parent.stat().st_uid == os.geteuid()
