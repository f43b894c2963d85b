# ruff: noqa: F821, PT009 - the driver gives the names
"""A cluster of three etcd members: what it has acknowledged, it never loses."""

import base64
import itertools
import json
from typing import Any

from test_driver.stateful import StateMachine, invariant, precondition, rule

HEALTHY = "a healthy cluster"
RECOVERY_SECONDS = 120


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def ask(member: Machine, path: str, **request: object) -> dict[str, Any]:
    """Ask a member, and return its answer, or its error."""
    url = f"http://localhost:2379/v3/kv/{path}"
    done = member.run(f"curl --silent --max-time 5 --data '{json.dumps(request)}' {url}")
    return json.loads(done.stdout) if done.status == 0 else {"error": f"curl: {done.status}"}


def keys_in(answer: dict[str, Any]) -> set[str]:
    return {base64.b64decode(pair["key"]).decode() for pair in answer.get("kvs", [])}


def begin() -> None:
    """Let the members find each other, and keep them like this."""
    start_all()
    for job in [member.spawn("systemctl start etcd") for member in machines]:
        job.wait()
    for member in machines:
        member.wait_for_unit("etcd.service")
        member.succeed("sync")  # so far, everything is on the disks
    checkpoint_all(HEALTHY)


class Cluster(StateMachine):
    """Writes, while the network parts, members stand still, and their power goes out."""

    start = HEALTHY

    def __init__(self) -> None:
        super().__init__()
        self.numbers = itertools.count(1)
        self.acknowledged: set[str] = set()
        self.paused: list[Machine] = []
        self.disturbed = False

    def awake(self) -> list[Machine]:
        return [member for member in machines if member.is_up() and member not in self.paused]

    @rule(member=lambda state: state.awake())
    def write(self, member: Machine) -> None:
        """Write a new key through a member. Once acknowledged, it must stay."""
        key = f"key{next(self.numbers)}"
        answer = ask(member, "put", key=coded(key), value=coded("written"))
        if "header" in answer:
            self.acknowledged.add(key)

    @rule(alone=machines)
    def part(self, alone: Machine) -> None:
        """Cut a member off from the two others."""
        self.disturbed = True
        network.partition([alone], [member for member in machines if member is not alone])

    @rule(member=lambda state: state.awake())
    def pause(self, member: Machine) -> None:
        """Let a member stand still."""
        self.disturbed = True
        self.paused.append(member)
        member.pause()

    @rule(member=lambda state: state.awake())
    def lose_power(self, member: Machine) -> None:
        """Cut a member's power. It stays off."""
        self.disturbed = True
        member.power_cut()

    @rule()
    def blackout(self) -> None:
        """Cut the power of the whole room, and switch all on again."""
        for member in self.awake():
            member.power_cut()
        self.recover()

    @precondition(lambda self: self.disturbed)
    @rule()
    def recover(self) -> None:
        """Let everything be as it should."""
        network.heal()
        while self.paused:
            self.paused.pop().resume()
        self.boot_all(member for member in machines if not member.is_up())
        self.disturbed = False

    @precondition(lambda self: self.acknowledged and not self.disturbed)
    @invariant()
    def nothing_is_lost(self) -> None:
        """As soon as a majority answers again, it has every key."""
        found: set[str] | None = None

        def answers(_: bool) -> bool:
            nonlocal found
            for member in machines:
                answer = ask(member, "range", key=coded("key"), range_end=coded("kez"))
                if "header" in answer:
                    found = keys_in(answer)
                    return True
            return False

        retry(answers, RECOVERY_SECONDS)
        t.assertEqual(self.acknowledged - (found or set()), set(), "acknowledged, and lost")
