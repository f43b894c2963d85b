"""Failed assertions of a script: what they tell, and that nothing else about a script changes."""

import ast
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from test_driver.script.assertion_text import NAMES
from test_driver.script.assertions import KEPT, compile_script

from ..conftest import Document, DriverProcess
from ..support.properties import examples
from ..support.script_farm import run_scripts

PATH = "script.py"


def run(source: str, **names: object) -> dict[str, Any]:
    """Run a script, and return its names."""
    module: dict[str, Any] = {"__name__": "__main__", **NAMES, **names}
    exec(compile_script(source, PATH), module)
    return module


def error_of(source: str, **names: object) -> AssertionError:
    """Run a script whose assertion fails, and return its error."""
    with pytest.raises(AssertionError) as caught:
        run(source, **names)
    return caught.value


def text_of(source: str, **names: object) -> list[str]:
    """Return the lines that an assertion without a message says."""
    (text,) = error_of(source, **names).args
    return [line.rstrip() for line in text.splitlines()]


TEXTS = {
    "x = 41\nassert x == 42": ["assert 41 == 42"],
    "x = [1, 2]\nassert not x": ["assert not [1, 2]"],
    "a, b = 1, 0\nassert a and b and undefined": ["assert (1 and 0)"],
    "a = 0\nassert a or len([])": ["assert (0 or 0)", " +  where 0 = len([])"],
    "def f(n, *, k=0): return n\nassert f(1, k=2) == 2": [
        "assert 1 == 2",
        " +  where 1 = f(1, k=2)",
    ],
    "assert 1 < len('ab') < len('a') < undefined": [
        "assert 2 < 1",
        " +  where 2 = len('ab')",
        " +  and   1 = len('a')",
    ],
    "assert (n := len('a')) == 3": ["assert 1 == 3"],
    "assert -len('a') + 2 == 5": ["assert (-1 + 2) == 5", " +  where 1 = len('a')"],
    "import os\nassert os.path.exists('/no')": [
        "assert False",
        " +  where False = os.path.exists('/no')",
    ],
    "class C:\n    a = 5\n    __repr__ = lambda self: 'C!'\nassert C().a == 6": [
        "assert 5 == 6",
        " +  where 5 = C!.a",
        " +    where C! = C()",
    ],
    "d = {'k': [1]}\nassert d['k'][0] is None": ["assert 1 is None"],
    "x = '%s %d'\nassert x in ('%', '{}\\n}')": ["assert '%s %d' in ('%', '{}\\n}')"],
    "def f(*a, **k): return a\nassert not f(*[1], **{'b': 2})": [
        "assert not (1,)",
        " +  where (1,) = f(*[1], **{'b': 2})",
    ],
    "class C:\n    def __f(self): return 3\n    def g(self):\n        __x = 4\n"
    "        assert self.__f() == __x\nC().g()": [],
}


@pytest.mark.parametrize("source", TEXTS)
def test_a_failed_assertion_tells_its_values(source: str) -> None:
    if not TEXTS[source]:  # Python has other names for these: nothing wrong is told
        assert error_of(source).args in ((), ("assert 3 == __x",))
        return
    assert text_of(source) == TEXTS[source]


def test_a_message_stays_what_it_is() -> None:
    error = error_of("x = 1\nassert x == 2, 'no ' + 'page'")
    assert (str(error), error.args) == ("no page", ("no page",))
    assert error.__notes__ == ["assert 1 == 2"]
    error = error_of("assert not len('a'), (1, None)")
    assert error.args == ((1, None),)
    with pytest.raises(ZeroDivisionError):
        run("assert len(''), 1 / 0")
    run("assert len('a'), 1 / 0")


@pytest.mark.parametrize("source", ["assert False", "assert None, 'no'", "assert 0"])
def test_a_constant_has_no_value_to_tell(source: str) -> None:
    assert not hasattr(error_of(source), "__notes__")
    assert "assert" not in str(error_of(source))


def test_a_value_that_cannot_be_shown_hides_no_failure() -> None:
    for body in ("raise SystemExit(0)", "raise KeyboardInterrupt", "return 1", "raise ValueError"):
        script = (
            f"class C:\n    def __repr__(self): {body}\n    def __eq__(self, other): return False\n"
            "    def __len__(self): raise OSError\n"
        )
        assert error_of(f"{script}assert C() == 1, 'why'").args == ("why",)
        assert type(error_of(f"{script}x = C()\nassert x == C()")) is AssertionError


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("x = 1\nassert x == 2", 2),
        ("x = 1\nassert (\n    x\n    == 2\n), (\n    'no'\n)", 3),
        ("def f():\n    y = 1\n    assert y == 2\n\nf()", 3),
        ("x = 1; assert x == 2; y = 3", 1),
        ("x = 1\nif x:\n    try:\n        assert not x\n    finally:\n        pass", 4),
        ("class C:\n    assert len('')\n", 2),
    ],
)
def test_the_error_comes_from_the_line_that_python_names(source: str, line: int) -> None:
    def lines(code: Any) -> list[int]:  # noqa: ANN401 - code
        with pytest.raises(AssertionError) as caught:
            exec(code, dict(NAMES))
        frames = caught.traceback
        return [one.lineno + 1 for one in frames if str(one.path).endswith(PATH)]

    found = lines(compile_script(source, PATH))
    assert found == lines(compile(source, PATH, "exec"))
    assert found[-1] == line


UNCHANGED = {
    # What is collected first would fail in `make` otherwise, and keep its frame by a traceback.
    "values are not kept": "import gc, weakref\ngc.collect()\nclass C: pass\nfound = []\n"
    "def make():\n"
    "    one = C()\n    found.append(weakref.ref(one))\n    return one\n"
    "assert make() is not None\ngc.collect()\nassert found[0]() is None\n",
    "names while one looks": "name = value = None\n"
    "for name, value in globals().items():\n    assert str(name) is not None\n",
    "a class has no more attributes": "import enum\nclass E(enum.Enum):\n    A = 1\n"
    "    assert len('a') == 1\n    B = 2\nassert [one.name for one in E] == ['A', 'B']\n",
    "a function in a class": "class C:\n    def f(self):\n        assert str(self.x) == '1'\n"
    "        return super().__init__()\n    x = 1\nC().f()\n",
    "short circuit": "assert True or 1 / 0\nassert not (False and 1 / 0)\n"
    "assert not (2 < len('a') < 1 / 0)\n",
    "once and in order": "seen = []\ndef f(n):\n    seen.append(n)\n    return n\n"
    "assert f(1) < f(2) < f(3) and f(4) + f(5) == f(9)\n"
    "assert seen == [1, 2, 3, 4, 5, 9]\n",
    "awaits": "import asyncio\nasync def f(n):\n    return n\nasync def g():\n"
    "    assert await f(2) == 2\n    assert [x async for x in h()] == [1]\nasync def h():\n"
    "    yield 1\nasyncio.run(g())\n",
    "yields": "def f():\n    assert (yield 1) == 5\n    yield 2\ng = f()\n"
    "assert next(g) == 1\nassert g.send(5) == 2\n",
    "recursion": "def f(n):\n    assert n == 0 or f(n - 1) == n - 1\n    return n\n"
    "assert f(50) == 50\n",
    "threads": "import threading\ndef f():\n    for n in range(300):\n"
    "        assert str(n) == f'{n}'\n"
    "all_of_them = [threading.Thread(target=f) for _ in range(4)]\n"
    "[one.start() for one in all_of_them]\n[one.join() for one in all_of_them]\n",
    "match": "match 3:\n    case 3:\n        assert len('a') == 1\n",
    "walrus": "assert (n := len('abc')) == 3 and n + 1 == 4\nassert n == 3\n",
    "docstring and future": '"""Text."""\nfrom __future__ import annotations\n'
    "def f(x: undefined):\n    '''Doc.'''\n    assert len('a')\n"
    "assert __doc__ == 'Text.' and f.__doc__ == 'Doc.'\n"
    "assert f.__annotations__ == {'x': 'undefined'}\n",
    "coding line": "# -*- coding: latin-1 -*-\nassert len('ä') == 1\n",
    "debug": "assert __debug__\nif __debug__:\n    x = 1\nassert x == 1\n",
    "own names": "def len(x): return 7\nassert len('') == 7\nAssertionError = ValueError\n"
    "try:\n    assert len('') == 8\nexcept Exception as error:\n"
    "    assert type(error).__name__ == 'AssertionError'\n"
    "else:\n    1 / 0\n",
    "caught": "try:\n    assert len('') == 1, 'no'\nexcept AssertionError as error:\n"
    "    assert error.args == ('no',) and error.__context__ is None\n",
    "lambda": "assert (lambda n: n)(3) == 3\nassert [n for n in range(3) if n] == [1, 2]\n",
    "deep": f"assert {'+'.join(['1'] * 800)} == 800\n",
    "cell": "def f():\n    x = 1\n    def g():\n        nonlocal x\n        x += 1\n"
    "        return x\n"
    "    assert g() == 2 and x == 2\nf()\n",
}


@pytest.mark.parametrize("name", UNCHANGED)
def test_what_holds_without_the_values_holds_with_them(name: str) -> None:
    source = UNCHANGED[name]
    plain: dict[str, Any] = {"__name__": "__main__", "__debug_names__": None}
    exec(compile(source, PATH, "exec", dont_inherit=True), plain)
    found = run(source)
    assert found[KEPT] is None
    assert found.keys() - NAMES.keys() == plain.keys() - {"__debug_names__"}


def test_a_script_that_python_refuses_is_refused_as_before() -> None:
    for source in (
        "assert len('')\nreturn 1",
        "assert (",
        "assert x\nfrom __future__ import annotations",
        "assert await f()",
        "assert x\n\0",
        "def f():\n    assert len(x)\n    global x\n",
    ):
        with pytest.raises((SyntaxError, ValueError)) as plain:
            compile(source, PATH, "exec")
        with pytest.raises(plain.type) as found:
            compile_script(source, PATH)
        assert str(found.value) == str(plain.value)
        assert getattr(found.value, "text", 0) == getattr(plain.value, "text", 0)


def test_python_warns_as_before() -> None:
    for source in ("assert (len(''), 'no')", "x = 1\nassert x is 'a'", "assert len('')[1.5]()"):
        with warnings.catch_warnings(record=True) as plain:
            warnings.simplefilter("always")
            compile(source, PATH, "exec")
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            compile_script(source, PATH)
        assert [str(one.message) for one in found] == [str(one.message) for one in plain]


OPERANDS = st.sampled_from(["a", "b", "0", "1", "f(a)", "f(1)", "c.x", "(not b)", "-a", "[a][0]"])
OPERATORS = st.sampled_from(["==", "!=", "<", ">=", "and", "or", "+", "-"])


@examples(200)
@given(st.lists(st.tuples(OPERANDS, OPERATORS), min_size=1, max_size=5), OPERANDS, st.booleans())
def test_an_assertion_holds_if_and_only_if_it_holds_without_the_values(
    parts: list[tuple[str, str]], last: str, negated: bool
) -> None:
    inner = " ".join(f"{operand} {operator}" for operand, operator in parts)
    source = f"assert {'not ' if negated else ''}({inner} {last})"
    outcomes = []
    for compiled in (compile(source, PATH, "exec"), compile_script(source, PATH)):
        called: list[int] = []

        def f(number: int, called: list[int] = called) -> int:
            called.append(number)
            return number

        names = {**NAMES, "a": 1, "b": 0, "f": f, "c": type("C", (), {"x": 2})}
        try:
            exec(compiled, names)
            outcome = "holds"
        except AssertionError:
            outcome = "fails"
        except TypeError:
            outcome = "type"
        outcomes.append((outcome, called))
    assert outcomes[0] == outcomes[1], source


def test_no_pytest_is_imported_before_an_assertion_fails() -> None:
    program = (
        "import sys\n"
        "from test_driver.script.assertions import compile_script\n"
        "from test_driver.script.assertion_text import NAMES\n"
        "exec(compile_script('assert len(\"a\")', 's'), dict(NAMES))\n"
        "assert not [name for name in sys.modules if 'pytest' in name]\n"
        "try:\n    exec(compile_script('assert len(\"\")', 's'), dict(NAMES))\n"
        "except AssertionError as error:\n    print(error)\n"
    )
    assert python(program) == "assert 0\n +  where 0 = len('')\n"


def python(program: str, *arguments: str) -> str:
    """Return what a program prints."""
    # Nothing compiled is left in the folders of Python, which may be a store path.
    own = {"PYTHONPATH": ":".join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"}
    environment = {**os.environ, **own}
    command = [sys.executable, *arguments, "-c", program]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_without_pytest_and_without_assertions_all_is_as_python_has_it() -> None:
    program = (
        "import importlib.util as util\n"
        "find = util.find_spec\n"
        "util.find_spec = lambda name, *more: None if name == '_pytest' else find(name, *more)\n"
        "from test_driver.script.assertions import compile_script\n"
        "source = 'assert len(\"\") == 1'\n"
        "print(compile_script(source, 's').co_code == compile(source, 's', 'exec').co_code)\n"
    )
    assert python(program) == "True\n"
    optimized = program.replace("'_pytest'", "'none'").replace('len(\\"\\")', "1 / 0")
    assert python(optimized, "-O") == "True\n"
    assert python(optimized) == "False\n"


def test_a_script_of_2000_lines_compiles_soon() -> None:
    source = "".join(f"x{n} = [{n}]\nassert len(x{n}) == 1, 'no'\n" for n in range(1000))
    began = time.process_time()
    ast.parse(source)
    compile(source, PATH, "exec")
    plain = time.process_time() - began
    began = time.process_time()
    compile_script(source, PATH)
    assert time.process_time() - began < max(0.1, 8 * plain)


def test_reports_show_a_failed_assertion_with_its_lines(driver_process: DriverProcess) -> None:
    script = (
        "def check(page):\n    assert page == {'status': 200}\n"
        "with subtest('page'):\n    check({'status': 404})\n"
    )
    said = driver_process.run(script).stderr
    difference = "{'status': 404} != {'status': 200}"
    headline = "AssertionError: assert {'status': 404} == {'status': 200}"
    assert f"\n{headline}\n" in said
    assert f"\n  {difference}\n" in said
    for case in ET.parse(driver_process.output / "junit.xml").iter("testcase"):
        failure = case.find("failure")
        assert failure is not None
        assert failure.attrib["message"] == headline
        assert f"\n  {difference}\n" in str(failure.text)
    page = (driver_process.output / "report.html").read_text()
    assert "AssertionError: assert {&#x27;status&#x27;: 404} == " in page
    assert "\n  {&#x27;status&#x27;: 404} != {&#x27;status&#x27;: 200}\n" in page


def test_reports_show_the_values_beside_a_message(driver_process: DriverProcess) -> None:
    said = driver_process.run("x = [1]\nassert len(x) == 2, 'no page'\n").stderr
    assert "\nAssertionError: no page\nassert 1 == 2\n +  where 1 = len([1])\n" in said
    page = (driver_process.output / "report.html").read_text()
    assert "AssertionError: no page\nassert 1 == 2\n +  where 1 = len([1])" in page


def test_a_machine_goes_by_its_name() -> None:
    class Machine:
        def execute(self, command: str) -> tuple[int, str]:
            return 3, command

    Machine.__module__ = "test_driver.machine"
    said = text_of("assert m.execute('a')[0] == int('0')", m=Machine())
    assert said == ["assert 3 == 0", " +  where 0 = int('0')"]
    said = text_of("assert not m.execute('a')", m=Machine())
    assert said == ["assert not (3, 'a')", " +  where (3, 'a') = m.execute('a')"]


SCRIPTS = {
    "child": "import os\nif os.fork() == 0:\n    assert len('a') == 2\nos.wait()\n",
    "module": "import sys, tempfile\nfrom pathlib import Path\nfolder = Path(tempfile.mkdtemp())\n"
    "(folder / 'own_module.py').write_text('def f(x):\\n    assert x == 2\\n')\n"
    "sys.path.insert(0, str(folder))\nimport own_module\nown_module.f(1)\n",
    "retry": "def f(last):\n    assert len('a') == 2\nretry(f, timeout_seconds=1)\n",
    "source": "import inspect\ndef f():\n    assert len('a') == 1\n"
    "assert inspect.getsource(f) == 'def f():\\n    assert len(\\'a\\') == 1\\n'\n",
}


def test_assertions_of_children_functions_and_modules(tmp_path: Path, document: Document) -> None:
    runs = run_scripts(tmp_path, document, SCRIPTS)
    assert "AssertionError: assert 1 == 2" in runs["child"].said
    assert " +  where 1 = len('a')" in runs["child"].said
    assert runs["module"].status == 1
    assert "assert 1 == 2" not in runs["module"].said  # what a script imports stays as it is
    assert runs["retry"].status == 1
    assert runs["source"].status == 0, runs["source"].said
