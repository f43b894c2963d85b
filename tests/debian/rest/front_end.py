"""Requests to the front end, and statements to the database behind it."""

import json
import shlex
from dataclasses import dataclass

from test_driver.machine import QemuMachine


@dataclass(frozen=True)
class FrontEnd:
    """Sends requests to the front end from its own machine."""

    rest: QemuMachine

    def request(self, method: str, path: str, body: str = "") -> tuple[int, object]:
        """Return the status and the body of an answer."""
        data = f"--data-binary {shlex.quote(body)}" if body else ""
        command = f"curl --silent --show-error --max-time 10 --request {method} {data}"
        said = self.rest.succeed(
            f"{command} --write-out '\\n%{{http_code}}' {shlex.quote(f'http://rest/{path}')}"
        )
        text, _, status = said.rpartition("\n")
        return int(status), json.loads(text)

    def get(self, path: str = "roles") -> tuple[int, object]:
        """Read."""
        return self.request("GET", path)

    def add(self, name: str, lines: int) -> int:
        """Add a role. Return the status."""
        return self.request("POST", "roles", json.dumps({"name": name, "lines": lines}))[0]


def sql(database: QemuMachine, statement: str) -> str:
    """Run a statement on the database's own machine, and return what it says."""
    psql = "runuser -u postgres -- psql --quiet -At --set ON_ERROR_STOP=1"
    return database.succeed(f"{psql} --command {shlex.quote(statement)}").strip()
