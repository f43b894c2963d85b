"""What is told of a failure: all that Python knows, the first failure first, one status."""

import re
from pathlib import Path
from xml.etree import ElementTree

from .conftest import Document
from .support.script_farm import Run, run_scripts

CAUSE = "The above exception was the direct cause of the following exception:"
CONTEXT = "During handling of the above exception, another exception occurred:"
HIDDEN = "The above exception was hidden by `from None` of the following exception:"
HOST = "from test_driver.errors import HostError, MachineExited\n"
FIRST_OF_TWO = "ValueError: one"
LIBRARY = "import asyncio\nasyncio.run(asyncio.wait_for(asyncio.sleep(9), 0.01))\n"

# By name: the script, the exit status, the headline, and texts in the order in which they come.
CHAINS: dict[str, tuple[str, int, str, list[str]]] = {
    "clean-up": (
        "try:\n    raise ValueError('one')\nfinally:\n    raise OSError('two')\n",
        1,
        FIRST_OF_TWO,
        ["line 2, in <module>", FIRST_OF_TWO, CONTEXT, "line 4, in <module>", "OSError: two"],
    ),
    "three-clean-ups": (
        "import contextlib\nwith contextlib.ExitStack() as stack:\n"
        "    for number in (3, 2):\n        stack.callback(t.fail, f'clean-up {number}')\n"
        "    raise ValueError('one')\n",
        1,
        FIRST_OF_TWO,
        [FIRST_OF_TWO, CONTEXT, "clean-up 2", CONTEXT, "clean-up 3"],
    ),
    "cause-and-context": (
        "try:\n    raise ValueError('one')\nfinally:\n"
        "    raise OSError('three') from KeyError('two')\n",
        1,
        FIRST_OF_TWO,
        [FIRST_OF_TWO, "KeyError: 'two'", CAUSE, "OSError: three"],
    ),
    "hidden": (
        "try:\n    {}['one']\nexcept KeyError:\n    raise ValueError('no such name') from None\n",
        1,
        "ValueError: no such name",
        ["KeyError: 'one'", HIDDEN, "ValueError: no such name"],
    ),
    "hidden-group-of-the-host": (
        "try:\n    raise ExceptionGroup('two', [ValueError('one'), OSError(28, 'full')])\n"
        "except ExceptionGroup:\n    raise ValueError('no such name') from None\n",
        3,
        "OSError: [Errno 28] full",
        ["ExceptionGroup: two", "OSError: [Errno 28] full", HIDDEN, "ValueError: no such name"],
    ),
    "from-none-of-a-library": (
        "try:\n    raise ValueError('one')\nfinally:\n    import json\n    json.loads('{')\n",
        1,
        FIRST_OF_TWO,
        [FIRST_OF_TWO, CONTEXT, "json.decoder.JSONDecodeError: "],
    ),
    "cancelled": (LIBRARY, 1, "TimeoutError", ["the test script failed:", "\nTimeoutError"]),
    "cycle": (
        "one, two = ValueError('one'), OSError('two')\n"
        "one.__context__, two.__context__ = two, one\nraise one\n",
        1,
        "OSError: two",
        ["OSError: two", "ValueError: one"],
    ),
    "many": (
        "error = None\nfor number in range(99):\n    try:\n"
        "        raise ValueError(number) from error\n    except ValueError as caught:\n"
        "        error = caught\nraise error\n",
        1,
        "ValueError: 0",
        ["ValueError: 0", "ValueError: 39", "[49 exceptions left out]", "ValueError: 98"],
    ),
    "recursion": (
        "def again(number):\n    assert number < 99, 'too deep'\n    again(number + 1)\nagain(0)\n",
        1,
        "AssertionError: too deep",
        ["line 4, in <module>", "[81 lines left out]", "line 2, in again"],
    ),
    "notes": (
        "error = ValueError('one')\nerror.add_note('seen at node 7')\nraise error\n",
        1,
        FIRST_OF_TWO,
        ["ValueError: one\nseen at node 7"],
    ),
    "bad-str": (
        "class Odd(Exception):\n    def __str__(self):\n        return 1 / 0\nraise Odd\n",
        1,
        "Odd: [its message cannot be shown: ZeroDivisionError was raised]",
        ["Odd: [its message"],
    ),
    "frozen": (
        "import dataclasses\n@dataclasses.dataclass(frozen=True)\n"
        "class Odd(Exception):\n    code: int\nwith subtest('part'):\n    raise Odd(7)\n",
        1,
        "Odd: 7",
        ["line 6, in <module>", "Odd: 7"],
    ),
    "group": (
        "raise ExceptionGroup('both', [ValueError('one'), OSError('two')])\n",
        1,
        FIRST_OF_TWO,
        ["ExceptionGroup: both (2 sub-exceptions)", "1 of 2:", FIRST_OF_TWO, "2 of 2:", "two"],
    ),
    "group-with-the-host": (
        HOST + "raise ExceptionGroup('both', [ValueError('one'), HostError('no disk')])\n",
        3,
        "HostError: no disk",
        [FIRST_OF_TWO, "HostError: no disk"],
    ),
    "group-in-a-group": (
        "deep = ExceptionGroup('deep', [OSError(28, 'full')])\n"
        "raise ExceptionGroup('both', [ValueError('one'), deep])\n",
        3,
        "OSError: [Errno 28] full",
        [FIRST_OF_TWO, "ExceptionGroup: deep", "OSError: [Errno 28] full"],
    ),
    "host-in-a-cause": (
        HOST + "raise ValueError('no answer') from HostError('no disk')\n",
        3,
        "HostError: no disk",
        ["HostError: no disk", CAUSE, "ValueError: no answer"],
    ),
    "host-in-a-context": (
        HOST + "try:\n    raise HostError('no disk')\nexcept HostError:\n    assert False\n",
        3,
        "HostError: no disk",
        ["HostError: no disk", CONTEXT, "AssertionError"],
    ),
    "host-hidden": (
        "try:\n    raise OSError(12, 'no memory')\nexcept OSError:\n"
        "    raise ValueError('no answer') from None\n",
        3,
        "OSError: [Errno 12] no memory",
        ["OSError: [Errno 12] no memory", HIDDEN, "ValueError: no answer"],
    ),
    "host-in-a-clean-up": (
        HOST + "try:\n    raise ValueError('one')\nfinally:\n    raise HostError('no disk')\n",
        1,
        FIRST_OF_TWO,
        [FIRST_OF_TWO, CONTEXT, "HostError: no disk"],
    ),
    "group-in-a-cause": (
        HOST + "try:\n    raise ExceptionGroup('g', [KeyError(1), HostError('no disk')])\n"
        "except ExceptionGroup as group:\n    raise ValueError('one') from group\n",
        3,
        "HostError: no disk",
        ["KeyError: 1", "HostError: no disk", CAUSE, FIRST_OF_TWO],
    ),
    "thread-first": (
        "import threading\nthread = threading.Thread(target=t.fail, args=['one'], name='worker')\n"
        "thread.start()\nthread.join()\nraise OSError('two')\n",
        1,
        "AssertionFailed: one",
        ["the thread worker failed:", "the test script failed:", "OSError: two"],
    ),
    "thread-in-a-clean-up": (
        "import threading\nthread = threading.Thread(target=t.fail, args=['two'], name='worker')\n"
        "try:\n    raise ValueError('one')\nfinally:\n    thread.start()\n    thread.join()\n",
        1,
        FIRST_OF_TWO,
        ["the test script failed:", FIRST_OF_TWO, "\nthe thread worker failed:\n"],
    ),
}


def in_order(texts: list[str], whole: str) -> bool:
    """Tell whether texts stand in a text, one after the other."""
    return re.search(".*?".join(re.escape(text) for text in texts), whole, re.DOTALL) is not None


def test_the_first_failure_comes_first_everywhere(tmp_path: Path, document: Document) -> None:
    scripts = {name: script for name, (script, *_) in CHAINS.items()}
    for name, run in run_scripts(tmp_path, document, scripts).items():
        _, status, headline, texts = CHAINS[name]
        (verdict,) = run.events("verdict")
        assert run.status == verdict["exit_status"] == status, (name, run.said)
        assert verdict["headline"] == headline, (name, run.said)
        assert in_order(texts, verdict["failure"]), (name, verdict["failure"])
        assert in_order(texts, run.said), (name, run.said)
        assert message_in_junit(run) == headline, name
        page = (run.output / "report.html").read_text()
        assert headline.partition(": ")[0] in page.partition("</header>")[0], name
        annotation = (run.output / "github-actions.txt").read_text()
        assert headline.partition(": ")[2] in annotation, name


def message_in_junit(run: Run) -> str:
    """Return what JUnit says of the script as a whole."""
    cases = ElementTree.parse(run.output / "junit.xml").getroot().iter("testcase")
    (main,) = [case for case in cases if case.attrib["name"] == "main"]
    failure = main.find("failure")
    return "" if failure is None else failure.attrib["message"]


def test_machines_that_were_never_started_are_named(tmp_path: Path, document: Document) -> None:
    runs = run_scripts(tmp_path, document, {"fails": "assert False\n", "passes": "pass\n"})
    line = "never started: machine (start_all() starts all machines)\n"
    assert line in runs["fails"].said
    assert runs["fails"].events("verdict")[0]["not_started"] == ["machine"]
    assert "Never started: machine" in (runs["fails"].output / "report.html").read_text()
    assert "never started" not in runs["passes"].said


CAUGHT = {
    "caught": (
        "try:\n    with subtest('one'):\n        assert False\nexcept AssertionError:\n    pass\n"
    ),
    "asserted": "with t.assertRaises(ValueError), subtest('one'):\n    raise ValueError\n",
    "suppressed": (
        "import contextlib\nwith contextlib.suppress(OSError), subtest('one'):\n    raise OSError\n"
    ),
    "in-a-thread": (
        "import threading\ndef work():\n    try:\n        with subtest('one'):\n            1 / 0\n"
        "    except ZeroDivisionError:\n        pass\n"
        "thread = threading.Thread(target=work)\nthread.start()\nthread.join()\n"
    ),
    "group": (
        "try:\n    with subtest('one'):\n        raise ExceptionGroup('g', [KeyError(1)])\n"
        "except* KeyError:\n    pass\n"
    ),
}


def junit_cases(run: Run) -> dict[str, tuple[bool, str]]:
    """Return for each case whether it counts as a failure, and its output."""
    root = ElementTree.parse(run.output / "junit.xml").getroot()
    return {
        case.attrib["name"]: (case.find("failure") is not None, case.findtext("system-out") or "")
        for case in root.iter("testcase")
    }


def test_a_subtest_whose_error_was_caught_is_no_failure(tmp_path: Path, document: Document) -> None:
    runs = run_scripts(tmp_path, document, CAUGHT)
    for name, run in runs.items():
        assert run.status == 0, run.said
        has_failed, output = junit_cases(run)["one"]
        assert not has_failed, name
        assert output.startswith("failed, caught by the script: "), name
        assert "subtests: 0 passed, 0 failed, 1 failed and caught by the script\n" in run.said
        assert "<td>failed, caught</td>" in (run.output / "report.html").read_text()


def test_a_subtest_counts_when_its_error_is_part_of_the_failure(
    tmp_path: Path, document: Document
) -> None:
    caught = CAUGHT["caught"]
    scripts = {
        "other": f"{caught}with subtest('two'):\n    raise ValueError('bad')\n",
        "raised-later": (
            "try:\n    with subtest('one'):\n        assert False\n"
            "except AssertionError as error:\n    kept = error\nraise kept\n"
        ),
        "cause": caught.replace("    pass\n", "    raise ValueError('bad')\n"),
        "thread": (
            "import threading\ndef work():\n    with subtest('one'):\n        1 / 0\n"
            "thread = threading.Thread(target=work)\nthread.start()\nthread.join()\n"
        ),
        "group": (
            "try:\n    with subtest('one'):\n        1 / 0\nexcept ZeroDivisionError as error:\n"
            "    raise ExceptionGroup('g', [error])\n"
        ),
    }
    runs = run_scripts(tmp_path, document, scripts)
    assert all(run.status == 1 for run in runs.values())
    failed = {
        name: {case for case, (has_failed, _) in junit_cases(run).items() if has_failed}
        for name, run in runs.items()
    }
    assert failed.pop("other") == {"two", "main"}
    assert all(cases == {"one", "main"} for cases in failed.values()), failed


def test_cases_of_one_name_are_kept_apart(tmp_path: Path, document: Document) -> None:
    script = "".join(
        f"with subtest({name!r}):\n    pass\n"
        for name in ("main", "twice", "twice", "twice (2)", "main", "main (2)")
    )
    run = run_scripts(tmp_path, document, {"names": script})["names"]
    assert list(junit_cases(run)) == [
        *("main (2)", "twice", "twice (2)", "twice (2) (2)", "main (3)", "main (2) (2)", "main"),
    ]
