"""Failures that are easy to lose, each once: where Python keeps, prints or hides them."""

# By name, a script, and what its failure is told with.
SCRIPTS = {
    "task-kept-in-module": (
        (
            "import asyncio, json\n"
            'async def bad(): raise ValueError("FIRST-CAUSE")\n'
            "async def run():\n"
            "    json.keep = asyncio.create_task(bad())\n"
            "    await asyncio.sleep(0.01)\n"
            "asyncio.run(run())\n"
        ),
        "FIRST-CAUSE",
    ),
    "cycle-that-is-frozen": (
        (
            "import gc\n"
            "class Bad:\n"
            '    def __del__(self): raise ValueError("FIRST-CAUSE")\n'
            "bad = Bad()\nbad.me = bad\ndel bad\ngc.freeze()\n"
        ),
        "FIRST-CAUSE",
    ),
    "agen-finally": (
        (
            "import asyncio\n"
            "async def gen():\n"
            "    try:\n"
            "        yield 1\n"
            "    finally:\n"
            '        raise ValueError("FIRST-CAUSE")\n'
            "async def run():\n"
            "    async for x in gen():\n"
            "        break\n"
            "asyncio.run(run())\n"
        ),
        "FIRST-CAUSE",
    ),
    "asyncio-in-thread": (
        (
            "import asyncio, threading\n"
            'async def bad(): raise ValueError("FIRST-CAUSE")\n'
            "th = threading.Thread(target=lambda: asyncio.run(bad())); th.start(); th.join()\n"
        ),
        "FIRST-CAUSE",
    ),
    "run-in-executor-lost": (
        (
            "import asyncio\n"
            "async def run():\n"
            '    asyncio.get_running_loop().run_in_executor(None, t.fail, "FIRST-CAUSE")\n'
            "asyncio.run(run())\n"
        ),
        "FIRST-CAUSE",
    ),
    "tpe-map": (
        (
            "from concurrent.futures import ThreadPoolExecutor\n"
            "with ThreadPoolExecutor() as pool:\n"
            '    pool.map(t.fail, ["FIRST-CAUSE"])\n'
        ),
        "FIRST-CAUSE",
    ),
    "ppe-submit-fork": (
        (
            "from concurrent.futures import ProcessPoolExecutor\n"
            "import multiprocessing as mp\n"
            'def bad(): raise ValueError("FIRST-CAUSE")\n'
            'with ProcessPoolExecutor(mp_context=mp.get_context("fork")) as pool:\n'
            "    pool.submit(bad)\n"
        ),
        "FIRST-CAUSE",
    ),
    "mp-spawn-lost": (
        (
            "import multiprocessing as mp\n"
            'def bad(): raise ValueError("FIRST-CAUSE")\n'
            'if __name__ == "__main__":\n'
            '    p = mp.get_context("spawn").Process(target=bad)\n'
            "    p.start(); p.join()\n"
        ),
        "exit status 1",
    ),
    "mp-forkserver-lost": (
        (
            "import multiprocessing as mp\n"
            'def bad(): raise ValueError("FIRST-CAUSE")\n'
            'if __name__ == "__main__":\n'
            '    p = mp.get_context("forkserver").Process(target=bad)\n'
            "    p.start(); p.join()\n"
        ),
        "exit status 1",
    ),
    "mp-fork-lost": (
        (
            "import multiprocessing as mp\n"
            'def bad(): raise ValueError("FIRST-CAUSE")\n'
            'p = mp.get_context("fork").Process(target=bad)\n'
            "p.start(); p.join()\n"
        ),
        "FIRST-CAUSE",
    ),
    "mp-fork-exit3": (
        (
            "import multiprocessing as mp, sys\n"
            'p = mp.get_context("fork").Process(target=sys.exit, args=[3])\n'
            "p.start(); p.join()\n"
        ),
        "exit status 3",
    ),
    "mp-fork-sigkill": (
        (
            "import multiprocessing as mp, os, signal\n"
            "def bad(): os.kill(os.getpid(), signal.SIGKILL)\n"
            'p = mp.get_context("fork").Process(target=bad)\n'
            "p.start(); p.join()\n"
        ),
        "SIGKILL",
    ),
    "mp-pool-apply-async": (
        (
            "import multiprocessing as mp\n"
            'def bad(): raise ValueError("FIRST-CAUSE")\n'
            'with mp.get_context("fork").Pool(1) as pool:\n'
            "    pool.apply_async(bad)\n"
            "    pool.close(); pool.join()\n"
        ),
        "FIRST-CAUSE",
    ),
    "mp-pool-map-async": (
        (
            "import multiprocessing as mp\n"
            'def bad(x): raise ValueError("FIRST-CAUSE")\n'
            'with mp.get_context("fork").Pool(1) as pool:\n'
            "    pool.map_async(bad, [1])\n"
            "    pool.close(); pool.join()\n"
        ),
        "FIRST-CAUSE",
    ),
    "mp-pool-imap": (
        (
            "import multiprocessing as mp\n"
            'def bad(x): raise ValueError("FIRST-CAUSE")\n'
            'with mp.get_context("fork").Pool(1) as pool:\n'
            "    pool.imap(bad, [1])\n"
            "    pool.close(); pool.join()\n"
        ),
        "FIRST-CAUSE",
    ),
    "mp-threadpool-async": (
        (
            "from multiprocessing.pool import ThreadPool\n"
            "with ThreadPool(1) as pool:\n"
            '    pool.apply_async(t.fail, ["FIRST-CAUSE"])\n'
            "    pool.close(); pool.join()\n"
        ),
        "FIRST-CAUSE",
    ),
    "thread-by-thread-late": (
        (
            "import threading, time\n"
            "def b():\n"
            '    time.sleep(0.5); t.fail("FIRST-CAUSE")\n'
            "def a():\n"
            "    time.sleep(0.5)\n"
            "    threading.Thread(target=b).start()\n"
            "threading.Thread(target=a).start()\n"
        ),
        "FIRST-CAUSE",
    ),
    "atexit-in-late-thread": (
        (
            "import threading, atexit, time\n"
            "def a():\n"
            '    time.sleep(.3); atexit.register(t.fail, "FIRST-CAUSE")\n'
            "threading.Thread(target=a).start()\n"
        ),
        "FIRST-CAUSE",
    ),
    "atexit-in-del": (
        (
            "import atexit\n"
            "class X:\n"
            '    def __del__(self): atexit.register(t.fail, "FIRST-CAUSE")\n'
            "x = X()\n"
        ),
        "FIRST-CAUSE",
    ),
    "atexit-in-atexit": (
        ('import atexit\natexit.register(lambda: atexit.register(t.fail, "FIRST-CAUSE"))\n'),
        "FIRST-CAUSE",
    ),
    "thread-in-del": (
        (
            "import threading\n"
            "class X:\n"
            '    def __del__(self): threading.Thread(target=t.fail, args=["FIRST-CAUSE"]).start()\n'
            "x = X()\n"
        ),
        "FIRST-CAUSE",
    ),
    "weakref-callback": (
        (
            "import weakref\n"
            "class X: pass\n"
            "x = X()\n"
            'r = weakref.ref(x, lambda r: t.fail("FIRST-CAUSE"))\n'
            "del x\n"
        ),
        "FIRST-CAUSE",
    ),
    "exit-in-raw-thread-3": (
        ("import _thread, sys, time\n_thread.start_new_thread(sys.exit, (3,)); time.sleep(.1)\n"),
        "sys.exit(3)",
    ),
    "exit0-from-exc": (
        (
            "import sys\n"
            'try: raise ValueError("FIRST-CAUSE")\n'
            "except ValueError as e: raise SystemExit(0) from None\n"
        ),
        "FIRST-CAUSE",
    ),
    "exit0-cause": (('raise SystemExit(0) from ValueError("FIRST-CAUSE")\n'), "FIRST-CAUSE"),
    "exit0-in-group": (
        ('raise BaseExceptionGroup("g", [SystemExit(0), ValueError("FIRST-CAUSE")])\n'),
        "FIRST-CAUSE",
    ),
    "group-only-exit0": (('raise BaseExceptionGroup("g", [SystemExit(0)])\n'), "SystemExit"),
    "_exit-in-atexit": (("import atexit,os\natexit.register(os._exit,0)\n"), "os._exit(0)"),
    "_exit-in-del": (("class X:\n    def __del__(self): os._exit(0)\nx = X()\n"), "os._exit(0)"),
    "signal.pthread_kill": (
        ("import signal, threading\nsignal.pthread_kill(threading.get_ident(), signal.SIGKILL)\n"),
        "SIGKILL",
    ),
    "str-exits": (
        ("import sys\nclass E(Exception):\n    def __str__(self): sys.exit(0)\nraise E()\n"),
        "E: [its message cannot be shown",
    ),
    "str-kbi": (
        ("class E(Exception):\n    def __str__(self): raise KeyboardInterrupt\nraise E()\n"),
        "E: [its message cannot be shown",
    ),
    "repr-exit-raises": (
        ('class X:\n    def __repr__(self): raise ValueError("no")\nraise SystemExit(X())\n'),
        "SystemExit",
    ),
    "repr-value-baseexc": (
        (
            "class X:\n"
            "    def __repr__(self): raise KeyboardInterrupt\n"
            "x = X()\n"
            'assert x is None, "FIRST-CAUSE"\n'
        ),
        "FIRST-CAUSE",
    ),
    "notes-raise": (
        (
            "class N:\n"
            '    def __str__(self): raise ValueError("no")\n'
            'e = ValueError("FIRST-CAUSE")\n'
            "e.__notes__ = [N(), 3]\n"
            "raise e\n"
        ),
        "FIRST-CAUSE",
    ),
    "notes-prop": (
        (
            "class E(Exception):\n"
            "    @property\n"
            '    def __notes__(self): raise KeyError("x")\n'
            'raise E("FIRST-CAUSE")\n'
        ),
        "FIRST-CAUSE",
    ),
    "tb-none": (
        (
            'e = ValueError("FIRST-CAUSE")\n'
            "def g():\n"
            "    raise e\n"
            "try: g()\n"
            "except ValueError: pass\n"
            "e.__traceback__ = None\n"
            "raise e\n"
        ),
        "FIRST-CAUSE",
    ),
    "ctx-cycle": (
        (
            'a = ValueError("FIRST-CAUSE"); b = ValueError("B")\n'
            "b.__context__ = a\n"
            "a.__context__ = b\n"
            "raise b\n"
        ),
        "ValueError",
    ),
    "cause-self": (('a = ValueError("FIRST-CAUSE")\nraise a from a\n'), "FIRST-CAUSE"),
    "mp-fork-look-then-assert": (
        (
            "pid = os.fork()\n"
            'if pid == 0: raise ValueError("FIRST-CAUSE")\n'
            "_, st = os.waitpid(pid, 0)\n"
            "assert os.waitstatus_to_exitcode(st) == 0\n"
        ),
        "FIRST-CAUSE",
    ),
    "forkpty-exit5": (
        ("pid, fd = os.forkpty()\nif pid == 0: os._exit(5)\nos.waitpid(pid, 0)\n"),
        "exit status 5",
    ),
    "fork-of-fork": (
        (
            "pid = os.fork()\n"
            "if pid == 0:\n"
            "    p2 = os.fork()\n"
            '    if p2 == 0: raise ValueError("FIRST-CAUSE")\n'
            "    os.waitpid(p2, 0)\n"
            "    os._exit(0)\n"
            "os.waitpid(pid, 0)\n"
        ),
        "FIRST-CAUSE",
    ),
    "del-main": (
        ('import sys\ndel sys.modules["__main__"]\nassert False, "FIRST-CAUSE"\n'),
        "FIRST-CAUSE",
    ),
    "logging-shutdown-fail": (
        ('import logging\nlogging.shutdown()\nassert False, "FIRST-CAUSE"\n'),
        "FIRST-CAUSE",
    ),
}

_TASK = (
    'async def bad(): raise ValueError("FIRST-CAUSE")\n'
    "async def run():\n"
    "    asyncio.create_task(bad())\n"
    "    await asyncio.sleep(0.01)\n"
    "asyncio.run(run())\n"
)
# A script configures logging for itself: neither its failure nor the log may be lost by that.
_LOGGING = {
    "disabled": "logging.disable(logging.CRITICAL)",
    "configured-anew": 'import logging.config\nlogging.config.dictConfig({"version": 1})',
    "shut-down": "logging.shutdown()",
    "level": 'logging.getLogger("asyncio").setLevel(logging.CRITICAL + 1)',
    "filter": 'logging.getLogger("asyncio").addFilter(lambda record: False)',
    "no-handlers": 'logging.getLogger("asyncio").handlers.clear()',
}
for _name, _silence in _LOGGING.items():
    _begin = f"import asyncio, logging\n{_silence}\n"
    SCRIPTS[f"task-logging-{_name}"] = (_begin + _TASK, "FIRST-CAUSE")
    SCRIPTS[f"assert-logging-{_name}"] = (f'{_begin}assert False, "FIRST-CAUSE"\n', "FIRST-CAUSE")
SCRIPTS["callback-logging-disabled"] = (
    "import logging\nfrom concurrent.futures import Future\nlogging.disable(logging.CRITICAL)\n"
    "future = Future()\nfuture.add_done_callback(lambda future: t.fail('FIRST-CAUSE'))\n"
    "future.set_result(1)\n",
    "FIRST-CAUSE",
)
SCRIPTS["exit-after-false-exception"] = (
    "import sys\nclass Empty(Exception):\n    def __len__(self): return 0\n"
    "try:\n    raise Empty('FIRST-CAUSE')\nfinally:\n    sys.exit(0)\n",
    "FIRST-CAUSE",
)
