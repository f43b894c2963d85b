"""Faults of machines and of networks: one kind of thing, which is undone in one way."""

from collections.abc import Sequence

from test_driver.faults.active_fault import ActiveFault, heal


class Registry:
    """Notes what it is told to end."""

    def __init__(self) -> None:
        self.found: list[ActiveFault] = []
        self.told: list[list[str]] = []

    def make(self, what: str) -> ActiveFault:
        """Make a fault."""
        self.found.append(ActiveFault(self, what))
        return self.found[-1]

    def in_force(self, fault: ActiveFault) -> bool:
        """Tell whether it was not ended."""
        return fault in self.found

    def end(self, faults: Sequence[ActiveFault]) -> None:
        """Note the call."""
        self.told.append([fault.what for fault in faults])
        self.found = [one for one in self.found if one not in faults]


def test_a_block_has_the_fault_and_undoes_it() -> None:
    registry = Registry()
    with registry.make("slow") as fault:
        assert (fault.what, fault.in_force) == ("slow", True)
    assert not fault.in_force
    assert registry.told == [["slow"]]


def test_faults_of_one_registry_are_undone_at_once() -> None:
    one, other = Registry(), Registry()
    heal([one.make("a"), other.make("b"), one.make("c")])
    assert (one.told, other.told) == ([["a", "c"]], [["b"]])
    heal([])
    assert len(one.told) == 1
