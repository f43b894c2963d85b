"""Write the folder of a suite: page, results, timings, and the reports.

Nix calls `python3 -m test_driver.suite.write --document FILE --output FOLDER`. The exit status is 0
when the folder was written, whatever the tests came to; the file `exit-status` in it says how the
suite ended.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from ..errors import ConfigurationError, DriverError, HostError
from ..output import REPORT_FILE
from .document import read_suite
from .exit_status import SuiteStatus, suite_status
from .hydra import write_hydra_files
from .junit import write_junit
from .model import Suite
from .page import write_page
from .report_folder import STATUS_FILE
from .report_links import REPORTS, RUNS, put_reports, report_places
from .results_json import results
from .summary import summary_text
from .timings import History, load_history, merge, save_history

RESULTS_FILE = "suite.json"
SUMMARY_FILE = "summary.txt"
TIMINGS_FILE = "timings.json"


def write_suite(
    suite: Suite, folder: Path, *, copy_reports: bool = False, history: History | None = None
) -> None:
    """Write all that is told of a suite into a folder, which is made if it is not there.

    The reports are links unless they are copied. What an earlier suite has written there goes.
    `history` are earlier runs of the tests: the file `timings.json` gets them with those of the
    suite. Raises HostError if it cannot be written, or if the reports of something else are there.
    """
    try:
        _prepare(folder)
        places = report_places(suite)
        put_reports(places, folder, copy=copy_reports)
        past = merge(history or History(), suite)
        write_page(suite, folder, places, past)
        write_junit(suite, folder / REPORT_FILE)
        write_hydra_files(suite, folder)
        _write_text(folder / RESULTS_FILE, json.dumps(results(suite, places), indent=1) + "\n")
        _write_text(folder / SUMMARY_FILE, summary_text(suite))
        _write_text(folder / STATUS_FILE, f"{int(suite_status(suite))}\n")
    except OSError as error:
        where = error.filename or folder
        raise HostError(f"cannot write the suite: {where}: {error.strerror}") from error
    save_history(past, folder / TIMINGS_FILE)


def _prepare(folder: Path) -> None:
    """Make the folder, or remove the reports of an earlier suite from it."""
    folder.mkdir(parents=True, exist_ok=True)
    old = [folder / name for name in (REPORTS, RUNS) if (folder / name).exists()]
    if old and not (folder / RESULTS_FILE).is_file():
        raise HostError(
            f"cannot write the suite into {folder}: {old[0]} is there, and no {RESULTS_FILE} that "
            "tells that a suite has written it; give a new folder"
        )
    for place in old:
        shutil.rmtree(place)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write a suite from the document of Nix, and return the exit status of the program."""
    parser = argparse.ArgumentParser(
        prog="python3 -m test_driver.suite.write", description="Write the folder of a suite."
    )
    parser.add_argument(
        "--document", type=Path, required=True, metavar="FILE", help="the suite, as Nix writes it"
    )
    parser.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="where to")
    parser.add_argument("--timings", type=Path, metavar="FILE", help="the history of earlier runs")
    options = parser.parse_args(arguments)
    try:
        suite = read_suite(options.document)
        history = load_history(options.timings) if options.timings else None
        write_suite(suite, options.output, history=history)
    except ConfigurationError as error:
        return _failed(error, SuiteStatus.USAGE)
    except DriverError as error:
        return _failed(error, SuiteStatus.ERROR)
    sys.stderr.write(f"{suite.name}:\n{summary_text(suite)}")
    return 0


def _failed(error: Exception, status: int) -> int:
    sys.stderr.write(f"{error}\n")
    return status


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", errors="replace")


if __name__ == "__main__":
    sys.exit(main())
