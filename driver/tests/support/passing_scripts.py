"""Scripts in which something goes wrong that they expect: each of them passes."""

SCRIPTS = {
    "caught": "try:\n    raise ValueError('expected')\nexcept ValueError:\n    pass\n",
    "assert-raises": "with t.assertRaises(ZeroDivisionError):\n    1 / 0\n",
    "suppressed": "import contextlib\nwith contextlib.suppress(KeyError):\n    {}['no']\n",
    "translated": (
        "try:\n    try:\n        1 / 0\n    except ZeroDivisionError as error:\n"
        "        raise ValueError('no') from error\nexcept ValueError:\n    pass\n"
    ),
    "clean-up-caught": (
        "try:\n    try:\n        raise ValueError('one')\n    finally:\n"
        "        raise OSError('two')\n"
        "except OSError as error:\n    t.assertEqual(str(error.__context__), 'one')\n"
    ),
    "subtest-caught": (
        "try:\n    with subtest('bad'):\n        assert False\nexcept AssertionError:\n    pass\n"
    ),
    "handled-by-exit-stack": (
        "import contextlib\nwith contextlib.ExitStack() as stack:\n"
        "    stack.push(lambda *error: True)\n    raise ValueError('expected')\n"
    ),
    "retried": "tries = iter([0, 0, 1])\nretry(lambda last: bool(next(tries)), timeout=9)\n",
    "timeout-expected": (
        "from test_driver.errors import WaitTimedOut\n"
        "with t.assertRaises(WaitTimedOut):\n    retry(lambda last: False, timeout=0.01)\n"
    ),
    "condition-false": (
        "@polling_condition\ndef never():\n    assert False\nt.assertFalse(never.check())\n"
    ),
    "condition-true": (
        "@polling_condition\ndef always():\n    pass\nwith always:\n    machine.run_callbacks()\n"
    ),
    "log-is-not-failure": "log.warning('careful')\nlog.info('fine')\n",
    "exit-0": "import sys\nsys.exit(0)\nassert False\n",
    "exit-none": "import sys\nsys.exit()\nassert False\n",
    "exit-builtin": "exit()\nassert False\n",
    "exit-false": "import sys\nsys.exit(False)\nassert False\n",
    "exit-in-function": "import sys\ndef done():\n    sys.exit(0)\ndone()\nassert False\n",
    "exit-in-subtest": "import sys\nwith subtest('last'):\n    sys.exit(0)\n",
    "exit-in-finally": "import sys\ntry:\n    pass\nfinally:\n    sys.exit(0)\n",
    "exit-in-with": "import sys\nwith open('/dev/null'):\n    sys.exit(0)\n",
    "exit-in-asyncio": (
        "import asyncio, sys\nasync def run():\n    sys.exit(0)\nasyncio.run(run())\n"
    ),
    "exit-after-handled": (
        "import sys\ntry:\n    1 / 0\nexcept ZeroDivisionError:\n    pass\nsys.exit(0)\n"
    ),
    "exit-caught": (
        "import sys\ntry:\n    sys.exit('bad')\nexcept SystemExit as error:\n"
        "    t.assertEqual(error.code, 'bad')\n"
    ),
    "group-handled": (
        "try:\n    raise ExceptionGroup('two', [ValueError(1), KeyError(2)])\n"
        "except* ValueError:\n    pass\nexcept* KeyError:\n    pass\n"
    ),
    "group-caught": (
        "try:\n    raise ExceptionGroup('one', [OSError(28, 'full')])\n"
        "except ExceptionGroup as group:\n    t.assertEqual(len(group.exceptions), 1)\n"
    ),
    "thread-that-passes": (
        "import threading\nthread = threading.Thread(target=lambda: None)\n"
        "thread.start()\nthread.join()\n"
    ),
    "thread-that-catches": (
        "import threading\ndef work():\n    try:\n        1 / 0\n"
        "    except ZeroDivisionError:\n        pass\n"
        "thread = threading.Thread(target=work)\nthread.start()\nthread.join()\n"
    ),
    "thread-that-exits": (
        "import sys, threading\nthread = threading.Thread(target=lambda: sys.exit(0))\n"
        "thread.start()\nthread.join()\n"
    ),
    "thread-hook-of-the-script": (
        "import threading\nseen = []\nthreading.excepthook = seen.append\n"
        "thread = threading.Thread(target=lambda: 1 / 0)\nthread.start()\nthread.join()\n"
        "t.assertEqual(seen[0].exc_type, ZeroDivisionError)\n"
    ),
    "daemon-left": (
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=[99], daemon=True).start()\n"
    ),
    "daemon-that-the-clean-up-interrupts": (
        "import threading\ndef follow():\n    retry(lambda last: machine.is_up(), timeout=99)\n"
        "threading.Thread(target=follow, daemon=True).start()\n"
    ),
    "pool-fetched": (
        "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor() as pool:\n"
        "    future = pool.submit(lambda: 1 / 0)\n"
        "t.assertIsInstance(future.exception(), ZeroDivisionError)\n"
    ),
    "pool-raised": (
        "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor()\n"
        "with t.assertRaises(ZeroDivisionError):\n    pool.submit(lambda: 1 / 0).result()\n"
    ),
    "pool-cancelled": (
        "from concurrent.futures import ThreadPoolExecutor\nimport threading\n"
        "go = threading.Event()\nwith ThreadPoolExecutor(1) as pool:\n"
        "    pool.submit(go.wait)\n    late = pool.submit(lambda: 1 / 0)\n"
        "    t.assertTrue(late.cancel())\n    go.set()\n"
    ),
    "task-awaited": (
        "import asyncio\nasync def bad():\n    raise ValueError\nasync def run():\n"
        "    task = asyncio.create_task(bad())\n    try:\n        await task\n"
        "    except ValueError:\n        pass\nasyncio.run(run())\n"
    ),
    "task-gathered": (
        "import asyncio\nasync def bad():\n    raise ValueError\nasync def run():\n"
        "    return await asyncio.gather(bad(), return_exceptions=True)\n"
        "t.assertEqual(len(asyncio.run(run())), 1)\n"
    ),
    "task-cancelled": (
        "import asyncio\nasync def run():\n    task = asyncio.create_task(asyncio.sleep(9))\n"
        "    await asyncio.sleep(0)\n    task.cancel()\nasyncio.run(run())\n"
    ),
    "task-in-executor": (
        "import asyncio\nasync def run():\n    loop = asyncio.get_running_loop()\n    try:\n"
        "        await loop.run_in_executor(None, lambda: 1 / 0)\n"
        "    except ZeroDivisionError:\n        pass\nasyncio.run(run())\n"
    ),
    "wait-for-expected": (
        "import asyncio\ntry:\n    asyncio.run(asyncio.wait_for(asyncio.sleep(9), 0.01))\n"
        "except TimeoutError:\n    pass\n"
    ),
    "loop-handler-of-the-script": (
        "import asyncio\nseen = []\nasync def run():\n    loop = asyncio.get_running_loop()\n"
        "    loop.set_exception_handler(lambda loop, context: seen.append(context))\n"
        "    loop.call_soon(lambda: 1 / 0)\n    await asyncio.sleep(0.01)\n"
        "asyncio.run(run())\nt.assertEqual(len(seen), 1)\n"
    ),
    "generator-closed": (
        "def gen():\n    try:\n        yield 1\n        yield 2\n    finally:\n        pass\n"
        "for one in gen():\n    break\n"
    ),
    "generator-thrown": (
        "def gen():\n    try:\n        yield 1\n    except ValueError:\n        yield 2\n"
        "one = gen()\nnext(one)\nt.assertEqual(one.throw(ValueError()), 2)\n"
    ),
    "del-that-works": (
        "class Thing:\n    def __del__(self):\n        log.info('gone')\n"
        "Thing()\nkept = Thing()\nkept.itself = kept\n"
    ),
    "atexit-that-works": "import atexit\natexit.register(log.info, 'bye')\n",
    "atexit-exits-0": "import atexit, sys\natexit.register(sys.exit, 0)\n",
    "atexit-unregistered": (
        "import atexit\ndef bad():\n    1 / 0\natexit.register(bad)\natexit.unregister(bad)\n"
    ),
    "finalizer-that-works": (
        "import tempfile, weakref\nfolder = tempfile.TemporaryDirectory()\n"
        "weakref.finalize(folder, print, 'gone')\n"
    ),
    "finalizer-detached": (
        "import weakref\nclass Thing: pass\nthing = Thing()\n"
        "weakref.finalize(thing, t.fail, 'no').detach()\n"
    ),
    "fork-0": "pid = os.fork()\nif pid == 0:\n    os._exit(0)\nos.waitpid(pid, 0)\n",
    "fork-sys-exit-0": (
        "import sys\npid = os.fork()\nif pid == 0:\n    sys.exit(0)\n"
        "t.assertEqual(os.waitpid(pid, 0), (pid, 0))\n"
    ),
    "fork-in-subtest": (
        "import sys\nwith subtest('child'):\n    if (pid := os.fork()) == 0:\n        sys.exit()\n"
        "    os.wait()\n"
    ),
    "fork-expected-status": (
        "pid = os.fork()\nif pid == 0:\n    os._exit(3)\n"
        "t.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 3)\n"
    ),
    "fork-expected-signal": (
        "import signal, time\npid = os.fork()\nif pid == 0:\n    time.sleep(99)\n"
        "os.kill(pid, signal.SIGTERM)\n_, status = os.waitpid(pid, 0)\n"
        "t.assertEqual(os.WTERMSIG(status), signal.SIGTERM)\n"
    ),
    "fork-that-catches": (
        "pid = os.fork()\nif pid == 0:\n    try:\n        1 / 0\n    except ZeroDivisionError:\n"
        "        os._exit(0)\nos.waitpid(pid, 0)\n"
    ),
    "multiprocessing": (
        "import multiprocessing as mp\ndef work(queue):\n    queue.put(7)\n"
        "context = mp.get_context('fork')\nqueue = context.SimpleQueue()\n"
        "process = context.Process(target=work, args=[queue])\nprocess.start()\n"
        "t.assertEqual(queue.get(), 7)\nprocess.join()\n"
    ),
    "multiprocessing-terminated": (
        "import multiprocessing as mp, time\n"
        "process = mp.get_context('fork').Process(target=time.sleep, args=[99])\n"
        "process.start()\nprocess.terminate()\nprocess.join()\n"
        "t.assertEqual(process.exitcode, -15)\n"
    ),
    "subprocess-fails": (
        "import subprocess\nt.assertEqual(subprocess.run(['false']).returncode, 1)\n"
        "with t.assertRaises(subprocess.CalledProcessError):\n"
        "    subprocess.run(['false'], check=True)\n"
    ),
    "subprocess-killed": (
        "import subprocess\nsleeper = subprocess.Popen(['sleep', '99'])\nsleeper.kill()\n"
        "t.assertEqual(sleeper.wait(), -9)\n"
    ),
    "warnings": "import warnings\nwarnings.warn('careful')\n",
    "warnings-caught": (
        "import warnings\nwith warnings.catch_warnings(record=True) as seen:\n"
        "    warnings.simplefilter('always')\n    warnings.warn('careful')\n"
        "t.assertEqual(len(seen), 1)\n"
    ),
    "signal-handled": (
        "import signal\nseen = []\nsignal.signal(signal.SIGUSR1, lambda *given: seen.append(1))\n"
        "os.kill(os.getpid(), signal.SIGUSR1)\nt.assertEqual(seen, [1])\n"
    ),
    "signal-0": "os.kill(os.getpid(), 0)\n",
    "prints": (
        "import sys\nprint('one')\nprint('two', file=sys.stderr)\nsys.stdout.write('three')\n"
    ),
    "logging": (
        "import logging\nlogging.basicConfig(level='DEBUG')\n"
        "logging.getLogger('mine').exception('told', exc_info=ValueError('shown'))\n"
    ),
    "mp-fork-exit3-looked": (
        "import multiprocessing as mp, sys\n"
        'p = mp.get_context("fork").Process(target=sys.exit, args=[3])\n'
        "p.start(); p.join()\n"
        "t.assertEqual(p.exitcode, 3)\n"
    ),
    "mp-pool-get": (
        "import multiprocessing as mp\n"
        'def bad(): raise ValueError("FIRST-CAUSE")\n'
        'with mp.get_context("fork").Pool(1) as pool:\n'
        "    r = pool.apply_async(bad)\n"
        "    with t.assertRaises(ValueError): r.get()\n"
    ),
    "mp-pool-error-callback": (
        "import multiprocessing as mp\n"
        "seen=[]\n"
        'def bad(): raise ValueError("FIRST-CAUSE")\n'
        'with mp.get_context("fork").Pool(1) as pool:\n'
        "    pool.apply_async(bad, error_callback=seen.append)\n"
        "    pool.close(); pool.join()\n"
        "t.assertEqual(len(seen),1)\n"
    ),
    "fork-kill-unlooked": (
        "import signal, time\n"
        "pid = os.fork()\n"
        "if pid == 0: time.sleep(99)\n"
        "os.kill(pid, signal.SIGTERM)\n"
        "os.waitpid(pid, 0)\n"
    ),
    "mp-terminate-unlooked": (
        "import multiprocessing as mp, time\n"
        'q = mp.get_context("fork").Process(target=time.sleep, args=[99])\n'
        "q.start(); q.terminate(); q.join()\n"
    ),
    "mp-exit1-expected": (
        "import multiprocessing as mp\n"
        'def bad(): raise ValueError("X")\n'
        'q = mp.get_context("fork").Process(target=bad)\n'
        "q.start(); q.join()\n"
        "t.assertEqual(q.exitcode, 1)\n"
    ),
    "fork-raise-expected": (
        "pid = os.fork()\n"
        'if pid == 0: raise ValueError("X")\n'
        "t.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 1)\n"
    ),
    "logging-badformat": ('import logging\nlogging.getLogger("x").warning("%d", "m")\n'),
    "logging-handler-handled": (
        "import logging\n"
        "class H(logging.Handler):\n"
        "    def emit(self, r):\n"
        '        try: raise ValueError("x")\n'
        "        except ValueError: self.handleError(r)\n"
        "logging.getLogger().addHandler(H())\n"
        'logging.getLogger("x").warning("m")\n'
    ),
    "res-warnings-err": ('import warnings\nwarnings.simplefilter("error")\nopen("/dev/null")\n'),
    "stdout-none": (
        'import sys\nsys.stdout = None; sys.stderr = None\nprint("x"); log.info("y")\n'
    ),
    "chdir-deleted": ("import tempfile\nd = tempfile.mkdtemp()\nos.chdir(d)\nos.rmdir(d)\n"),
    "t.assertLogs-ok": (
        'import logging\nwith t.assertLogs("foo"): logging.getLogger("foo").warning("x")\n'
    ),
    "environ": ("os.environ.clear()\n"),
    "spawn-wait": ('os.waitpid(os.posix_spawn("/bin/false", ["false"], os.environ), 0)\n'),
    "popen-left": ('import subprocess\nq = subprocess.Popen(["sleep", "5"])\n'),
}
