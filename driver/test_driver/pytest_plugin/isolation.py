"""What keeps one test from seeing what another has left: a stack of checkpoints.

The base is what machines are after their start. Above it stands a level for each scope wider than
one test whose fixtures have used machines. A test that has used machines is followed by a restore
to the innermost level, but only when the next test uses machines: until then, everything is as the
test has left it.
"""

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager

from ..driver import Driver
from ..errors import CheckpointError
from ..faults.active_fault import heal
from ..log import say
from ..machine import BaseMachine, QemuMachine
from ..run.timings import Phase
from .levels import Level, empty_folder, in_qemu
from .modes import BOOT, NONE, RESTORE
from .stopwatch import Stopwatch

SHORT_WAIT_SECONDS = 0.1  # is no phase of a test
# The values of variants, by the names of machines.
Variants = Mapping[str, Mapping[str, object]]


class Isolation:
    """The stack. It outlives a session of pytest where the machines do."""

    def __init__(self, driver: Driver, mode: str, stopwatch: Stopwatch) -> None:
        self.mode = mode
        self.used = False  # whether machines were used since they were at the innermost level
        self.working = False
        self._driver = driver
        self._stopwatch = stopwatch
        self._on: set[str] = set()  # the machines that the base has on
        self._variants: Variants = {}
        self._defined = {one.name: one.configuration for one in driver.everyone}
        self._base: Level | None = None
        self._adopted = False  # whether the base is what a person has made of the machines
        self._no_base = ""  # why the base has no checkpoint
        self._levels: list[Level] = []
        self._pending: list[object] = []  # fixtures whose level is not made yet
        self._lost: list[object] = []  # fixtures whose level could not be made
        self._told: set[str] = set()
        self.tell: Callable[[str], object] = say  # gets lines about a wait for memory

    def start(self, names: Collection[str], variants: Variants, *, again: bool) -> None:
        """Start what of these machines is not on in the base, all at once; make that the base.

        `again` tells that the base will be needed later.
        """
        if variants == self._variants and self._on.issuperset(names):
            return
        self._admit(names)
        with self._work("start"):
            was_used, self.used = self.used, True  # also if this ends half-way
            if was_used or variants != self._variants:
                self._forget_base()
                self._variants = variants
                self._begin_afresh([*names, *self._on])
            else:
                self._forget_base()
                self._start([*names, *self._on])
            self._on |= set(names)
            self.used = False
            if again and not self._is_warm():
                self._make_base()

    def _admit(self, names: Collection[str]) -> None:
        """Wait until the host has memory for these machines."""
        began, self.working = time.monotonic(), True
        try:
            self._driver.admit(names, self.tell)
        finally:
            self.working = False
        if (seconds := time.monotonic() - began) >= SHORT_WAIT_SECONDS:
            self._stopwatch.add(Phase.ADMISSION.value, seconds)

    def before_test(self, *, keep: bool, again: bool) -> None:
        """Bring the machines to the innermost level, if a test has used them and none `keep`s."""
        if self.used and not keep and self.mode != NONE:
            self.restore(again=again)
        self.used = True

    def restore(self, *, again: bool = True) -> None:
        """Bring the machines to the innermost level."""
        self._lost += self._pending
        self._pending.clear()
        with self._work("restore"):
            if self._levels:
                self._levels[-1].restore(self._driver)
            elif self._base is not None and self.mode == RESTORE:
                self._base.restore(self._driver)
            else:
                self._begin_afresh(self._on)
                if again:
                    self._make_base()
        self.used = False

    def adopt(self) -> None:
        """Take the machines as they are for the base, and keep that, where it can be kept."""
        self._on = {machine.name for machine in self._driver.everyone if machine.booted}
        self._adopted = bool(self._on)
        if self._on:
            with self._work("checkpoint"):
                self._make_base()

    def give_up(self) -> None:
        """Delete all that was kept. The machines stay as they are."""
        self._forget_base()

    def misses(self, machine: BaseMachine) -> bool:
        """Tell whether a machine that the base has on has ended, outside of a test."""
        return not self.used and machine.name in self._on and not machine.booted

    def start_afresh(self) -> None:
        """Start all machines of the base again, whatever they are now."""
        with self._work("start"):
            self._forget_base()
            self._begin_afresh(self._on)
            self._make_base()
        self.used = False

    def fixture_ready(self, fixture: object) -> None:
        """Take note of a fixture of a wider scope that has used machines."""
        if self.mode != NONE:
            self._pending.append(fixture)

    def fixture_ended(self, fixture: object) -> None:
        """Give up the level of a fixture, and those above it."""
        for found in (self._pending, self._lost):
            if fixture in found:
                found.remove(fixture)
                self.used = True
        for index, level in enumerate(self._levels):
            if fixture in level.fixtures:
                self.used = True
                for above in self._levels[index:]:
                    above.forget(self._driver)
                del self._levels[index:]
                return

    def make_level(self, *, again: bool) -> None:
        """Make the level of the fixtures that are ready since the last one, if it will be needed.

        Raises CheckpointError.
        """
        if not self._pending:
            return
        if not again:
            self._pending.clear()
            return
        if self.mode == BOOT and any(machine.booted for machine in in_qemu(self._driver.everyone)):
            reason = (
                "isolation is `boot`, which would lose what fixtures of a wider scope than one "
                "test have done to it; give them function scope, or use the isolation `restore`"
            )
            raise CheckpointError(in_qemu(self._driver.everyone)[0].name, reason)
        # They stay pending if there is an error: no other test must do without their level.
        level = Level(fixtures=list(self._pending))
        with self._work("checkpoint"):
            level.make(self._driver)
        self._levels.append(level)
        self._pending.clear()

    @property
    def is_pending(self) -> bool:
        """Whether a level is to be made."""
        return bool(self._pending)

    def is_lost(self, fixture: object) -> bool:
        """Tell whether machines are not what a fixture has made of them."""
        return fixture in self._lost

    def forget_levels(self) -> None:
        """Give up all levels above the base, at the end of a session."""
        self._pending.clear()
        self._lost.clear()
        for level in self._levels:
            level.forget(self._driver)
            self.used = True
        self._levels.clear()

    def _begin_afresh(self, names: Collection[str]) -> None:
        """End all machines, throw away what they have written, and start some of them."""
        driver = self._driver
        heal(driver.network.faults)
        driver.release_machines()
        for machine in driver.everyone:
            machine.cleanup_statedir()
            machine.configuration = self._defined.get(machine.name, machine.configuration)
            if values := self._variants.get(machine.name):
                _qemu(machine).use_variant(**values)
        empty_folder(driver.shared_folder)
        self._start(names)

    def _start(self, names: Collection[str]) -> None:
        self._driver.start_machines(
            [one for one in self._driver.everyone if one.name in names and not one.booted]
        )

    def _make_base(self) -> None:
        """Make a checkpoint of the base, where machines can have one."""
        if self.mode != RESTORE or self._no_base or self._base is not None:
            return
        if containers := [one for one in self._driver.everyone if one not in in_qemu([one])]:
            names = ", ".join(one.name for one in containers)
            self._say_once(f"isolation: containers have no checkpoints and boot afresh: {names}")
        if not in_qemu(self._driver.everyone):
            self._no_base = "all machines are containers"
            return
        level = Level()
        try:
            level.make(self._driver)
        except CheckpointError as error:
            self._no_base = str(error)
            self._say_once(f"isolation: machines boot afresh before each test: {error}")
        else:
            self._base = level

    def _forget_base(self) -> None:
        self.forget_levels()
        if self._base is not None:
            self._base.forget(self._driver)
        self._base = None

    def _is_warm(self) -> bool:
        """Tell whether all machines of the base start from snapshots, which takes no time."""
        machines = [one for one in self._driver.everyone if one.name in self._on]
        return not self._adopted and all(
            one.configuration.warm_start is not None for one in machines
        )

    def _say_once(self, text: str) -> None:
        if text not in self._told:
            say(text)
        self._told.add(text)

    @contextmanager
    def _work(self, phase: str) -> Iterator[None]:
        """Count the time of the body to a phase. Its steps are none of a test."""
        self.working = True
        try:
            with self._stopwatch.spend(phase):
                yield
        finally:
            self.working = False


def _qemu(machine: BaseMachine) -> QemuMachine:
    """Return a machine that has variants: only those in QEMU have."""
    assert isinstance(machine, QemuMachine)
    return machine
