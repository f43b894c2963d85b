"""A grammar of failures: every kind of failure in every position of a script.

Each script has one text that its failure must be told with: that of what went wrong first.
"""

import itertools
import textwrap
from collections.abc import Iterator

FIRST = "FIRST-CAUSE"
LATER = "LATER-FAILURE"

# By kind, statements that fail, and what their failure is told with.
KINDS: dict[str, list[tuple[str, str]]] = {
    "assert": [
        (f"assert 1 == 2, '{FIRST}'", FIRST),
        (f"t.assertEqual('primary', 'replica', '{LATER}')", "'primary' != 'replica'"),
    ],
    "raise": [
        (f"raise RuntimeError('{FIRST}')", FIRST),
        (f"raise KeyboardInterrupt('{FIRST}')", FIRST),
        (
            f"try:\n    raise KeyError('{FIRST}')\nexcept KeyError as error:\n"
            f"    raise RuntimeError('{LATER}') from error",
            FIRST,
        ),
    ],
    "group": [
        (f"raise ExceptionGroup('two', [ValueError('{FIRST}'), OSError('{LATER}')])", FIRST),
        (
            "import asyncio\nasync def one():\n"
            f"    raise ValueError('{FIRST}')\nasync def both():\n"
            "    async with asyncio.TaskGroup() as group:\n        group.create_task(one())\n"
            "asyncio.run(both())",
            FIRST,
        ),
    ],
    "thread": [
        (
            f"import threading\ndef work():\n    raise ValueError('{FIRST}')\n"
            "thread = threading.Thread(target=work)\nthread.start()\nthread.join()",
            FIRST,
        ),
        (
            "import _thread, time\n"
            f"_thread.start_new_thread(t.fail, ('{FIRST}',))\ntime.sleep(0.2)",
            FIRST,
        ),
        (
            f"import threading\nthreading.Thread(target=t.fail, args=['{FIRST}']).start()",
            FIRST,
        ),
        (
            "from concurrent.futures import ThreadPoolExecutor\n"
            f"with ThreadPoolExecutor() as pool:\n    pool.submit(t.assertTrue, False, '{FIRST}')",
            FIRST,
        ),
    ],
    "task": [
        (
            f"import asyncio\nasync def lost():\n    raise ValueError('{FIRST}')\n"
            "async def run():\n    task = asyncio.create_task(lost())\n"
            "    await asyncio.sleep(0.01)\nasyncio.run(run())",
            FIRST,
        ),
        (
            f"import asyncio\nasync def lost():\n    raise ValueError('{FIRST}')\n"
            "async def run():\n    await asyncio.wait({asyncio.ensure_future(lost())})\n"
            "asyncio.run(run())",
            FIRST,
        ),
    ],
    "generator": [
        (f"def gen():\n    yield 1\n    raise ValueError('{FIRST}')\nlist(gen())", FIRST),
        (
            "def gen():\n    try:\n        yield 1\n    finally:\n"
            f"        raise OSError('{FIRST}')\n"
            "one = gen()\nnext(one)\ndel one",
            FIRST,
        ),
    ],
    "exit": [
        ("import sys\nsys.exit(3)", "sys.exit(3)"),
        (f"import sys\nsys.exit('{FIRST}')", FIRST),
        (
            f"import sys\ntry:\n    raise ValueError('{FIRST}')\nfinally:\n    sys.exit(0)",
            FIRST,
        ),
    ],
    "kill": [
        ("os._exit(0)", "os._exit(0)"),
        ("import signal\nos.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
        ("os.abort()", "SIGABRT"),
        (
            "import threading, time\nthreading.Timer(0, os._exit, [0]).start()\ntime.sleep(9)",
            "os._exit(0)",
        ),
    ],
    "fork": [
        ("os.fork()", "ran on to the end of the script"),
        (
            f"pid = os.fork()\nif pid == 0:\n    raise ValueError('{FIRST}')\nos.waitpid(pid, 0)",
            FIRST,
        ),
        ("pid = os.fork()\nif pid == 0:\n    os._exit(5)\nos.waitpid(pid, 0)", "exit status 5"),
    ],
    "timeout": [
        ("retry(lambda last: False, timeout=0.05)", "a retried action to succeed"),
        (
            "import asyncio\nasyncio.run(asyncio.wait_for(asyncio.sleep(9), 0.01))",
            "TimeoutError",
        ),
    ],
    "callback": [
        (
            "import asyncio\nasync def run():\n"
            f"    asyncio.get_running_loop().call_soon(t.fail, '{FIRST}')\n"
            "    await asyncio.sleep(0.01)\nasyncio.run(run())",
            FIRST,
        ),
        (
            "from concurrent.futures import Future\ndone = Future()\n"
            f"done.add_done_callback(lambda future: t.fail('{FIRST}'))\ndone.set_result(1)",
            FIRST,
        ),
        (
            f"import signal\ndef hear(number, frame):\n    raise ValueError('{FIRST}')\n"
            "signal.signal(signal.SIGUSR1, hear)\nsignal.raise_signal(signal.SIGUSR1)",
            FIRST,
        ),
    ],
    "del": [
        (
            f"class Thing:\n    def __del__(self):\n        raise ValueError('{FIRST}')\nThing()",
            FIRST,
        ),
        (
            f"class Thing:\n    def __del__(self):\n        raise ValueError('{FIRST}')\n"
            "thing = Thing()\nthing.itself = thing",
            FIRST,
        ),
    ],
    "atexit": [
        (f"import atexit\natexit.register(t.fail, '{FIRST}')", FIRST),
        (
            f"import weakref\nclass Thing: pass\nthing = Thing()\n"
            f"weakref.finalize(thing, t.fail, '{FIRST}')\nthing.keeper = lambda: thing",
            FIRST,
        ),
    ],
}

# By position, a script around the statements; the last ones fail before those do.
POSITIONS = {
    "top": "{body}\n",
    "function": "def check():\n{indented}\ncheck()\n",
    "subtest": "with subtest('part'):\n{indented}\n",
    "finally": "try:\n    pass\nfinally:\n{indented}\n",
    "polling": (
        "@polling_condition\ndef holds():\n{indented}\nwith holds:\n    machine.run_callbacks()\n"
    ),
    "enter": (
        "import contextlib\n@contextlib.contextmanager\ndef fixture():\n{indented}\n    yield\n"
        "with fixture():\n    pass\n"
    ),
    "exit": (
        "class Fixture:\n    def __enter__(self): pass\n"
        "    def __exit__(self, *error):\n{indented_twice}\n"
        "with Fixture():\n    pass\n"
    ),
}
AFTER_A_FAILURE = {
    "clean-up": "try:\n    raise RuntimeError('ROOT-CAUSE')\nfinally:\n{indented}\n",
    "exit-of-failed": (
        "import contextlib\n@contextlib.contextmanager\ndef fixture():\n    try:\n        yield\n"
        "    finally:\n{indented_twice}\n"
        "with fixture():\n    raise RuntimeError('ROOT-CAUSE')\n"
    ),
}


def failing_scripts() -> Iterator[tuple[str, str, str]]:
    """Yield the name of each script, its source, and what its failure is told with."""
    for (kind, variants), (position, around) in itertools.product(
        KINDS.items(), (POSITIONS | AFTER_A_FAILURE).items()
    ):
        is_alone = position not in AFTER_A_FAILURE
        for number, (body, told) in enumerate(variants if is_alone else variants[:1], start=1):
            script = around.format(
                body=body,
                indented=textwrap.indent(body, "    "),
                indented_twice=textwrap.indent(body, "        "),
            )
            yield f"{kind}-{number}-{position}", script, told if is_alone else "ROOT-CAUSE"
