"""Extensions that cannot be used: each message names package, entry point and cause."""

from pathlib import Path

import pytest

from test_driver.configuration import check_configuration
from test_driver.errors import ConfigurationError, ExtensionError
from test_driver.script.stubs import stub_text

from ..conftest import Document, DriverProcess
from .conftest import Loader
from .packages import SAMPLE, make_package

METHODS = "@hookimpl\ndef machine_methods():\n    return [Methods]\n"
MARK = "    @method(phase=Phase.COMMAND)\n"
GLOBALS = "@hookimpl\ndef script_globals(driver):\n    return "
DIAGNOSTICS = "@hookimpl\ndef diagnostics():\n    return "


def methods(name: str, base: str = "BaseMachine", mark: str = MARK) -> str:
    """Return the source of an extension that adds a method."""
    return f"class Methods({base}):\n{mark}    def {name}(self):\n        return 1\n{METHODS}"


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("import nowhere\n", "cannot import bad: ModuleNotFoundError: No module named 'nowhere' ("),
        ("1 / 0\n", "cannot import bad: ZeroDivisionError: division by zero ("),
        ("def f(:\n", "cannot import bad: SyntaxError: invalid syntax (bad.py, line 2)"),
        ("raise SystemExit(0)\n", "cannot import bad: SystemExit: the script called sys.exit(0)"),
        ("x = 1\n", "bad has no hook; mark its functions with @hookimpl of test_driver.plugins"),
        ("class A: pass\nextension = A\n", "bad:extension is a class; name a module, or an object"),
        ("@hookimpl\ndef step_begun(step): pass\n", "unknown hook 'step_begun'"),
        (
            "@hookimpl\ndef step_started(it): pass\n",
            "Argument(s) {'it'} are declared in the hookimpl",
        ),
        (
            "@hookimpl\ndef machine_methods():\n    1 / 0\n",
            "machine_methods failed: ZeroDivisionError",
        ),
        ("@hookimpl\ndef machine_methods(): pass\n", "machine_methods: expected a list, got None"),
        ("@hookimpl\ndef machine_methods():\n    return [int]\n", "got <class 'int'>"),
        ("@hookimpl\ndef machine_methods():\n    return ['a']\n", "NspawnMachine, got 'a'"),
        (
            methods("succeed"),
            "Methods adds succeed, which QemuMachine has already; give it another",
        ),
        (methods("get_systemd_process"), "get_systemd_process, which NspawnMachine has already"),
        (methods("checkpoint", "QemuMachine"), "adds checkpoint, which QemuMachine has already"),
        (methods("default_timeout"), "Methods adds default_timeout, which QemuMachine has already"),
        (methods("_qmp", "QemuMachine", "    lines = None\n"), "adds lines, which QemuMachine has"),
        (methods("__init__", mark=""), "Methods adds __init__, which QemuMachine has already"),
        (
            methods("hello", mark=""),
            "Methods.hello has no decorator that makes it a method of mach",
        ),
        (methods("hello", mark="    @staticmethod\n"), "Methods.hello has no decorator"),
        (methods("hello", mark="    @property\n"), "hello has no decorator that makes it a method"),
        (
            methods("hello", "QemuMachine, NspawnMachine"),
            "Methods is derived from QemuMachine and NspawnMachine; derive",
        ),
        (
            "class Methods(BaseMachine):\n    __slots__ = ('a',)\n"
            "class Other(BaseMachine):\n    __slots__ = ('b',)\n"
            f"{METHODS.replace('Methods', 'Methods, Other')}",
            "cannot add Other to QemuMachine: multiple bases have instance lay-out conflict",
        ),
        (
            methods("hello", mark="    @method(phase=Phase.WAIT, title='for {name}')\n"),
            "Methods.hello: its title has {name}, which is no argument of it; those are: none",
        ),
        (
            methods("hello", mark="    @method(phase=Phase.WAIT, title='for {')\n"),
            "Methods.hello: its title 'for {' cannot be used: ",
        ),
        (f"{DIAGNOSTICS}3\n", "diagnostics: expected a list, got 3"),
        (
            f"{DIAGNOSTICS}['lscpu']\n",
            "diagnostics: expected GuestDiagnostic or HostDiagnostic, got",
        ),
        (
            f"{DIAGNOSTICS}[GuestDiagnostic(file='journal.txt', title='', command='')]\n",
            "diagnostics: the file journal.txt is written by the driver already; give it another",
        ),
        (
            f"{DIAGNOSTICS}[GuestDiagnostic(file='../x', title='', command='')]\n",
            "diagnostics: '../x' is no name for a file: use letters, digits, and _ . -",
        ),
    ],
)
def test_it_is_refused_before_the_test(
    load: Loader, tmp_path: Path, source: str, problem: str
) -> None:
    found = load(make_package(tmp_path, "bad", source))
    with pytest.raises(ExtensionError) as caught:
        found.check()
    text = str(caught.value)
    assert text.startswith("extension rehearse-bad, entry point own: ")
    assert problem in text


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("1 / 0", "script_globals failed: ZeroDivisionError: division by zero ("),
        ("None", "script_globals: expected a mapping from names to values, got None"),
        ("{1: 2}", "script_globals: expected a mapping from names to values, got {1: 2}"),
        (
            "{'hello': global_function(phase=Phase.WAIT, title='{x} {y.z}')(lambda y: y)}",
            "script_globals: hello: its title has {x}, which is no argument of it; those are: y",
        ),
        ("{'start_all': 1}", "adds start_all, which is a global of test scripts; give it another"),
        ("{'network': 1}", "script_globals adds network, which is a global of test scripts"),
        ("{'driver': 1}", "script_globals adds driver, which is a global of test scripts"),
        ("{'vlan7': 1}", "script_globals adds vlan7, which is a global of test scripts"),
        ("{'print': 1}", "adds print, which is a function or class of Python; give it another"),
        ("{'a b': 1}", "script_globals adds a b, which is no name of a variable in Python"),
        ("{'lambda': 1}", "script_globals adds lambda, which is no name of a variable in Python"),
        (
            "{'two_2': 1}",
            "adds two_2, which is the variable of machine two-2; rename the machine, or",
        ),
    ],
)
def test_a_global_is_refused(
    load: Loader, tmp_path: Path, document: Document, value: str, problem: str
) -> None:
    found = load(make_package(tmp_path, "bad", f"{GLOBALS}{value}\n"))
    found.check()
    with pytest.raises(ExtensionError) as caught:
        stub_text(check_configuration(document, where="unit"), extensions=found)
    text = str(caught.value)
    assert text.startswith("extension rehearse-bad, entry point own: script_globals")
    assert problem in text


@pytest.mark.parametrize(
    ("source", "what"),
    [
        (methods("greet"), "Methods adds greet, which"),
        (methods("greet", "QemuMachine"), "Methods adds greet, which"),
        (f"{GLOBALS}{{'greeting': 1}}\n", "script_globals adds greeting, which"),
        (
            f"{DIAGNOSTICS}[GuestDiagnostic(file='greeting.txt', title='', command='')]\n",
            "diagnostics: the file greeting.txt is written by",
        ),
    ],
)
def test_a_name_of_another_extension_is_refused(
    load: Loader, tmp_path: Path, document: Document, source: str, what: str
) -> None:
    # Sorted by their names, it comes after that of the sample.
    found = load(SAMPLE, make_package(tmp_path, "second", source, package="rehearse-second"))

    def use() -> None:
        found.check()
        stub_text(check_configuration(document, where="unit"), extensions=found)

    with pytest.raises(ExtensionError) as caught:
        use()
    text = str(caught.value)
    assert text.startswith(f"extension rehearse-second, entry point own: {what} ")
    assert "extension rehearse-greetings, entry point greetings" in text
    assert "already" in text


def test_methods_of_the_same_name_for_different_kinds_are_no_conflict(
    load: Loader, tmp_path: Path
) -> None:
    one = make_package(tmp_path / "one", "one", methods("kind", "QemuMachine"))
    two = make_package(tmp_path / "two", "two", methods("kind", "NspawnMachine"))
    load(one, two).check()


def test_a_base_class_that_two_classes_share_is_no_conflict(load: Loader, tmp_path: Path) -> None:
    source = (
        f"class Shared(BaseMachine):\n{MARK}    def hello(self): pass\n"
        "class A(Shared): pass\nclass B(Shared): pass\n"
        "@hookimpl\ndef machine_methods():\n    return [A, B]\n"
    )
    load(make_package(tmp_path, "shared", source)).check()


@pytest.mark.parametrize(
    ("place", "problem"),
    [
        ("nothing", "not found"),
        ("file", "is not a folder"),
        ("empty", "no Python package in it; it must be a folder with modules, or have one of lib/"),
        ("other", "but for python3.2"),
    ],
)
def test_a_folder_without_packages_is_refused(
    load: Loader, tmp_path: Path, place: str, problem: str
) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    (tmp_path / "other/lib/python3.2/site-packages").mkdir(parents=True)
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path / place).check()
    text = str(caught.value)
    assert text.startswith(f"python_path[0] (extraPythonPackages): {tmp_path / place}: ")
    assert problem in text


def test_the_driver_says_so_and_runs_nothing(driver_process: DriverProcess, tmp_path: Path) -> None:
    folder = make_package(tmp_path / "bad", "bad", "import nowhere\n")
    driver_process.document["python_path"] = [str(folder)]
    message = "extension rehearse-bad, entry point own: cannot import bad: ModuleNotFoundError"
    for arguments in ([], ["--check-only"]):
        result = driver_process.run("machine1.succeed('true')", *arguments)
        assert result.returncode == 2, result.stderr
        assert message in result.stderr
        assert "Traceback" not in result.stderr
    assert message in (driver_process.output / "junit.xml").read_text()


def test_a_global_that_is_refused_fails_the_run(
    driver_process: DriverProcess, tmp_path: Path
) -> None:
    folder = make_package(tmp_path / "bad", "bad", f"{GLOBALS}{{'two_2': 1}}\n")
    driver_process.document["python_path"] = [str(folder)]
    result = driver_process.run("machine1.succeed('true')")
    assert result.returncode == 2
    assert "own: script_globals adds two_2, which is the variable of machine" in result.stderr
