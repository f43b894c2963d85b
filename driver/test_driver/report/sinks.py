"""What is written about a test while it goes on, and what reports are made of in the end."""

import logging
from dataclasses import dataclass, field
from pathlib import Path

from ..configuration import Configuration
from ..extensions.extensions import Extensions
from ..log import record
from ..output import OutputFolder
from ..steps import Steps
from ..trouble.ledger import TroubleLedger
from .events import EventFile
from .html_report import write_html_report
from .junit import JunitReport

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Records:
    """Where it is written."""

    folder: OutputFolder
    events: EventFile
    report: JunitReport
    steps: Steps
    troubles: TroubleLedger = field(default_factory=TroubleLedger)
    extensions: Extensions = field(default_factory=Extensions)

    def write_page(self) -> None:
        """Make the report for people from the events until now."""
        try:
            write_html_report(self.folder.path)
        except OSError as error:
            logger.error("cannot write the report: %s", error)


def record_test(
    configuration: Configuration,
    path: Path,
    source: str,
    limit: int | None,
    *,
    seed: str | None = None,
    load: bool = False,
) -> None:
    """Write down what is run, how many seconds it may take, and what a repetition of it has."""
    record(
        "test",
        name=configuration.name,
        machines=list(configuration.machines),
        script=str(path),
        source=source,
        limit=limit,
        seed=seed,
        load=load,
    )
