"""The script of a build: it passes only if the driver has written that the test passed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import HERE, DriverProcess

LIB = HERE.parent.parent / "lib/shared"
VERDICT = (
    '{"time": 1.5, "kind": "verdict", "machine": null, "outcome": "passed", "exit_status": 0, '
)


def build(
    driver: DriverProcess, script: str, *, builder: str = "run-test.sh", **variables: str
) -> tuple[subprocess.CompletedProcess[str], Path]:
    """Build as a derivation does, with the driver of this folder; return the output."""
    program = driver.folder / "driver" / "bin" / "nixos-test-driver"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m test_driver "$@"\n')
    program.chmod(0o755)
    top = driver.folder / "top"
    top.mkdir()
    document = {**driver.document, "vlans": []}
    del document["test_script"]
    machine = {**document["machines"]["machine1"], "vlans": []}
    document["machines"] = {"machine": machine}
    (driver.folder / "script").write_text(script)
    (driver.folder / "configuration").write_text(json.dumps(document))
    environment = {
        **driver.environment(),
        "testFiles": str(LIB / "test-files.sh"),
        "driver": str(program.parent.parent),
        "NIX_BUILD_TOP": str(top),
        "out": str(driver.folder / "output"),
        "testScriptPath": str(driver.folder / "script"),
        "configurationPath": str(driver.folder / "configuration"),
        "checkFlags": "--skip-lint --skip-type-check",
        **variables,
    }
    result = subprocess.run(
        ["bash", "-euo", "pipefail", str(LIB / builder)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    return result, driver.folder / "output"


def test_a_test_that_passes_has_an_output(driver_process: DriverProcess) -> None:
    result, output = build(driver_process, f"log.info({VERDICT!r})\n")
    assert result.returncode == 0, result.stderr
    assert (output / "report.html").exists()


KILL = "import subprocess\nsubprocess.run(['kill', '-{}', str(os.getpid())])\nbreakpoint()\n"


@pytest.mark.parametrize(
    ("script", "status", "message"),
    [
        (KILL.format("KILL"), 137, "the driver was killed by SIGKILL (exit status 137)"),
        (KILL.format("SEGV"), 139, "the driver was killed by SIGSEGV (exit status 139)"),
        ("os.kill(os.getpid(), 9)\n", 137, "os.kill("),
        ("os.abort()\n", 134, "os.abort() sent it SIGABRT"),
        ("os._exit(0)\n", 1, "it called os._exit(0)"),
        ("import posix\nposix._exit(0)\n", 1, "exited with status 0 and gave no verdict"),
        (
            "import posix\nposix.execv('/bin/sh', ['sh', '-c', ''])\n",
            1,
            "exited with status 0 and gave no verdict",
        ),
        (
            "import posix\nfrom pathlib import Path\n"
            "events = Path(os.environ['out'], 'events.jsonl')\n"
            "events.write_text('no verdict: ' + repr('\"exit_status\": 0'))\nposix._exit(0)\n",
            1,
            "exited with status 0 and gave no verdict",
        ),
    ],
)
def test_a_driver_that_did_not_judge_is_no_pass(
    driver_process: DriverProcess, script: str, status: int, message: str
) -> None:
    result, output = build(driver_process, script)
    assert result.returncode == status, result.stderr
    assert message in result.stderr
    assert not output.exists()
    assert (driver_process.folder / "top" / "result" / "report.html").exists()


def test_a_verdict_against_the_status_is_no_pass(driver_process: DriverProcess) -> None:
    failed = VERDICT.replace("passed", "failed").replace('status": 0', 'status": 1')
    script = (
        "import posix\nfrom pathlib import Path\n"
        "with Path(os.environ['out'], 'events.jsonl').open('a') as events:\n"
        f"    events.write({failed!r} + '\\n' + {VERDICT!r} + '\\n')\nposix._exit(0)\n"
    )
    result, output = build(driver_process, script)
    assert result.returncode == 1
    assert "the driver exited with status 0 against the verdict above" in result.stderr
    assert not output.exists()


def test_a_failure_that_is_kept_says_how_it_ended(driver_process: DriverProcess) -> None:
    result, output = build(driver_process, "import posix\nposix._exit(0)\n", keepFailure="1")
    assert result.returncode == 0, result.stderr
    assert (output / "exit-status").read_text() == "1\n"
    assert "the driver was killed" in (output / "report.html").read_text()


def test_a_failure_names_the_file_that_the_script_was_written_in(
    driver_process: DriverProcess,
) -> None:
    source = "tests of it's/$web.py"
    script = "pass\nassert False, 'no page'\n"
    result, output = build(driver_process, script, scriptSource=source, keepFailure="1")
    assert result.returncode == 0, result.stderr
    kept = (output / "github-actions.txt").read_text()
    assert kept.startswith(f"::error file={source},line=2,")


def test_a_check_of_the_script_boots_nothing(driver_process: DriverProcess) -> None:
    flags = {"builder": "check-script.sh", "checkFlags": "--skip-type-check"}
    result, output = build(driver_process, "machine.succeed(nothing)\n", **flags)
    assert result.returncode == 1
    assert "nothing" in result.stderr + result.stdout
    assert not output.exists()


def test_the_program_of_a_test_runs_its_script_or_another_one(
    driver_process: DriverProcess,
) -> None:
    other = driver_process.folder / "other.py"
    other.write_text("log.log('the other one')\n")
    result, output = build(
        driver_process,
        "log.log('its own')\n",
        builder="test-program.sh",
        flags=f"--output_directory {driver_process.output}",
        interpreter="/bin/sh",
    )
    assert result.returncode == 0, result.stderr
    for more, said in (([], "its own"), (["--test-script", str(other)], "the other one")):
        run = subprocess.run(
            [str(output / "bin/nixos-test-driver"), *more],
            env=driver_process.environment(),
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        assert f"{said}\n" in run.stderr
