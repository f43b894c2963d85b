"""The script is a module of its own, as Python's tools expect, and what it prints is kept."""

from pathlib import Path

import pytest

from ..conftest import Document
from ..support.script_farm import run_scripts

pytestmark = pytest.mark.timeout(120)

TOOLS = {
    "type-hints": (
        "from __future__ import annotations\nimport typing\nfrom pathlib import Path\n"
        "class Config:\n    path: Path\n"
        "t.assertEqual(typing.get_type_hints(Config), {'path': Path})\n"
    ),
    "dataclass": (
        "from __future__ import annotations\nimport dataclasses\nfrom typing import ClassVar\n"
        "@dataclasses.dataclass\nclass Config:\n    shared: ClassVar[int] = 1\n    own: int = 2\n"
        "t.assertEqual([one.name for one in dataclasses.fields(Config)], ['own'])\n"
    ),
    "source-of-a-class": (
        "import inspect\nclass Config:\n    answer = 42\n"
        "t.assertIn('answer = 42', inspect.getsource(Config))\n"
    ),
    "source-of-a-function": (
        "import inspect\ndef work():\n    return 42\n"
        "t.assertEqual(inspect.getsource(work), 'def work():\\n    return 42\\n')\n"
        "t.assertEqual(inspect.getmodule(work).__name__, '__main__')\n"
    ),
    "pickle": (
        "import pickle\nclass Config:\n    pass\ndef work():\n    pass\n"
        "t.assertIs(pickle.loads(pickle.dumps(Config)), Config)\n"
        "t.assertIs(pickle.loads(pickle.dumps(work)), work)\n"
        "t.assertIsInstance(pickle.loads(pickle.dumps(Config())), Config)\n"
    ),
    "enum": (
        "import copy, enum, pickle\nclass State(enum.Enum):\n    UP = 1\n"
        "t.assertIs(pickle.loads(pickle.dumps(State.UP)), State.UP)\n"
    ),
    "import": (
        "import __main__, sys\nanswer = 42\nt.assertEqual(__main__.answer, 42)\n"
        "t.assertIs(sys.modules[__name__].__dict__, globals())\n"
        "t.assertEqual(__main__.__file__, __file__)\n"
    ),
    "doctest": (
        "import doctest\ndef double(number):\n    '''\n    >>> double(2)\n    4\n"
        "    >>> double(3)\n    6\n    '''\n    return 2 * number\n"
        "t.assertEqual(doctest.testmod(), (0, 2))\n"
    ),
    "doctest-that-fails": (
        "import doctest\ndef double(number):\n    '''\n    >>> double(2)\n    5\n    '''\n"
        "    return 2 * number\nt.assertEqual(doctest.testmod().failed, 1)\n"
    ),
    "annotations": "answer: int = 42\nt.assertEqual(__annotations__, {'answer': int})\n",
    "pool-of-processes": (
        "import multiprocessing\ndef double(number):\n    return 2 * number\n"
        "with multiprocessing.get_context('fork').Pool(2) as pool:\n"
        "    t.assertEqual(pool.map(double, [1, 2]), [2, 4])\n"
    ),
    "executor-of-processes": (
        "import multiprocessing\nfrom concurrent.futures import ProcessPoolExecutor\n"
        "def double(number):\n    return 2 * number\n"
        "with ProcessPoolExecutor(1, multiprocessing.get_context('fork')) as pool:\n"
        "    t.assertEqual(pool.submit(double, 2).result(), 4)\n"
    ),
    "spawned-process": (
        "import multiprocessing\ndef double(queue):\n    queue.put(4)\n"
        "if __name__ == '__main__':\n    context = multiprocessing.get_context('spawn')\n"
        "    queue = context.Queue()\n"
        "    process = context.Process(target=double, args=[queue])\n    process.start()\n"
        "    t.assertEqual(queue.get(timeout=60), 4)\n    process.join()\n"
    ),
}


def test_pythons_tools_find_what_the_script_defines(tmp_path: Path, document: Document) -> None:
    for name, run in run_scripts(tmp_path, document, TOOLS).items():
        assert run.status == 0, (name, run.said)


CHILDREN = {
    "process": (
        "import multiprocessing\nprocess = multiprocessing.get_context('fork').Process(\n"
        "    target=t.fail, args=['NO ANSWER'])\nprocess.start()\nprocess.join()\n",
        "AssertionFailed: NO ANSWER",
    ),
    "thread-that-forks": (
        "import threading\ndef work():\n    if os.fork() == 0:\n"
        "        raise ValueError('NO ANSWER')\n"
        "    os.wait()\nthread = threading.Thread(target=work)\nthread.start()\nthread.join()\n",
        "ValueError: NO ANSWER",
    ),
    "uses-a-machine": (
        "if os.fork() == 0:\n    machine.succeed('true')\nos.wait()\n",
        "a forked child cannot use machines or networks",
    ),
    "in-a-subtest": (
        "with subtest('child'):\n    if os.fork() == 0:\n        t.fail('NO ANSWER')\n"
        "    os.wait()\n",
        "AssertionFailed: NO ANSWER",
    ),
    "not-waited-for": (
        "import time\nif os.fork() == 0:\n    time.sleep(0.3)\n    t.fail('NO ANSWER')\n",
        "AssertionFailed: NO ANSWER",
    ),
    "exits-with-3": (
        "import sys\nif os.fork() == 0:\n    sys.exit(3)\nos.wait()\n",
        "the script called sys.exit(3)",
    ),
    "killed": (
        "import signal\nif os.fork() == 0:\n    os.kill(os.getpid(), signal.SIGKILL)\nos.wait()\n",
        "killed by SIGKILL, and the script has not looked at that",
    ),
    "replaces-the-driver": ("os.execv('/bin/true', ['true'])\n", "os.execv of '/bin/true' refused"),
}


def test_a_child_that_fails_fails_the_test_and_is_no_second_driver(
    tmp_path: Path, document: Document
) -> None:
    scripts = {name: script for name, (script, _) in CHILDREN.items()}
    for name, run in run_scripts(tmp_path, document, scripts).items():
        (verdict,) = run.events("verdict")
        assert (run.status, verdict["exit_status"]) == (1, 1), (name, run.said)
        assert CHILDREN[name][1] in verdict["headline"], (name, verdict)
        assert len(run.events("step-end")) == len(run.events("step-begin")), name
        assert run.said.count("test unit failed, in ") == 1, name


SAYS = {
    "print": "print('said' + ' by it')\n",
    "stdout": "import sys\nsys.stdout.write('said' + ' by it')\n",
    "stderr": "import sys\nprint('said' + ' by it', file=sys.stderr)\n",
    "bytes": "import sys\nsys.stdout.buffer.write(b'said' + b' by it\\n')\n",
    "in-parts": "for part in ('said', ' by', ' it'):\n    print(part, end='')\nprint()\n",
    "logger": "import logging\nlogging.getLogger('mine').warning('said' + ' by it')\n",
    "root-logger": "import logging\nlogging.warning('said' + ' by it')\n",
    "configured": (
        "import logging\nlogging.basicConfig(level='DEBUG', format='%(message)s')\n"
        "logging.getLogger('mine').debug('said' + ' by it')\nlog.info('once' + ' only')\n"
    ),
    "warning": "import warnings\nwarnings.warn('said' + ' by it')\n",
    "in-a-thread": (
        "import threading\n"
        "thread = threading.Thread(target=print, args=['said' + ' by it'])\n"
        "thread.start()\nthread.join()\n"
    ),
    "in-an-exit-function": "import atexit\natexit.register(print, 'said' + ' by it')\n",
}


def test_what_a_script_says_is_in_every_record_once(tmp_path: Path, document: Document) -> None:
    for name, run in run_scripts(tmp_path, document, SAYS).items():
        assert run.status == 0, (name, run.said)
        assert run.said.count("said by it") == 1, (name, run.said)
        assert (run.output / "log.txt").read_text().count("said by it") == 1, name
        texts = [event["text"] for event in run.events("log")]
        assert sum("said by it" in text for text in texts) == 1, name
        assert max(texts.count("once only"), run.said.count("once only")) <= 1, name


def test_what_is_printed_is_in_the_log_at_once(tmp_path: Path, document: Document) -> None:
    script = (
        "from pathlib import Path\nprint('printed' + ' just now')\n"
        "log_file = Path(__file__).parent / 'out' / 'log.txt'\n"
        "t.assertIn('printed' + ' just now', log_file.read_text())\n"
    )
    run = run_scripts(tmp_path, document, {"reads": script})["reads"]
    assert run.status == 0, run.said
