"""The marks of tests: what they mean, checked before anything starts."""

import datetime
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from ..trouble.kinds import expected_kinds, kinds
from .fixtures import NETWORK, VARIANT, fixture_definitions, fixture_names, machines_of
from .testbed import Testbed

if TYPE_CHECKING:
    from ..configuration import Configuration

MARKS = {
    "keep": "keep: go on with the machines as the previous test has left them",
    "needs": "needs(*capabilities): skip the test where the testbed or the host lacks one of them",
    "variants": "variants(MACHINE='AXIS'): run the test with each value that the variants have",
    "flaky": "flaky(reason, until, retries=1): run a failed test again, until that date",
    "allow": "allow(*kinds): trouble of these kinds fails no test by `failOn`",
}
CAPABILITIES = ("containers", "graphics", "kvm", "power-cuts", "ssh")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaky:
    """How often a test that fails may be run again, and until when."""

    reason: str
    until: datetime.date
    retries: int = 1

    @property
    def expired(self) -> bool:
        """Whether its date is past."""
        return datetime.date.today() > self.until


class Marks:
    """Checks marks when tests are collected, and makes a test of each variant."""

    def __init__(self, testbed: Testbed) -> None:
        self._testbed = testbed

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make a test of each combination of the values that `variants` names."""
        wanted: dict[tuple[str, str], list[object]] = {}
        for mark in metafunc.definition.iter_markers("variants"):
            try:
                wanted |= _axes(mark, self._testbed.configuration)
            except ValueError:
                return  # told with the other marks, when all tests are known
        if not wanted:
            return
        axes = [axis for _, axis in wanted]
        names = [axis if axes.count(axis) == 1 else f"{machine}.{axis}" for machine, axis in wanted]
        combinations = list(itertools.product(*wanted.values()))
        values = [_by_machine(list(wanted), combination) for combination in combinations]
        ids = ["-".join(_id(names, combination)) for combination in combinations]
        if VARIANT not in metafunc.fixturenames:
            metafunc.fixturenames.append(VARIANT)
        # The scope makes pytest run tests of one value one after the other.
        metafunc.parametrize(VARIANT, values, ids=ids, indirect=True, scope="session")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Take down fixtures of other variants, while their machines are still there."""
        for definition in fixture_definitions(item).get(VARIANT, ()):
            made = definition.cached_result
            if made is not None and made[0] != variants(item):
                definition.finish(getattr(item, "_request"))  # noqa: B009 - pytest's own

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: Sequence[pytest.Item]) -> None:
        """Refuse marks that cannot be meant. Raises pytest.UsageError."""
        problems = []
        for item in items:
            try:
                capabilities(item)
                allowed(item)
                flaky(item)
                plain_keep(item)
                for mark in item.iter_markers("variants"):
                    _axes(mark, self._testbed.configuration)
            except ValueError as error:
                problems.append(f"{item.nodeid}: {error}")
        if problems:
            raise pytest.UsageError("\n".join(problems))


def capabilities(item: pytest.Item) -> list[str]:
    """Return what a test needs. Raises ValueError."""
    return _arguments(item, "needs", CAPABILITIES, "capability")


def allowed(item: pytest.Item) -> list[str]:
    """Return the kinds of trouble that a test allows. Raises ValueError."""
    return _arguments(item, "allow", list(kinds()), "kind of trouble")


def plain_keep(item: pytest.Item) -> bool:
    """Tell whether a test goes on with what the previous one left. Raises ValueError."""
    mark = item.get_closest_marker("keep")
    if mark is not None and (mark.args or mark.kwargs):
        raise ValueError("the mark `keep` takes no arguments")
    return mark is not None


def variants(item: pytest.Item) -> Mapping[str, Mapping[str, object]]:
    """Return the values of variants that a test is made of, by the names of machines."""
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    found: Mapping[str, Mapping[str, object]] = parameters.get(VARIANT, {})
    return found


def flaky(item: pytest.Item) -> Flaky | None:
    """Return what the mark `flaky` says of a test. Raises ValueError."""
    if (mark := item.get_closest_marker("flaky")) is None:
        return None
    example = "write flaky(reason='why', until='2027-03-01', retries=2)"
    given = dict(mark.kwargs)
    reason, until, retries = (given.pop(name, None) for name in ("reason", "until", "retries"))
    if mark.args or given:
        unknown = ", ".join([*map(repr, mark.args), *given])
        raise ValueError(f"the mark `flaky` does not know {unknown}; {example}")
    if not isinstance(reason, str) or not reason:
        raise ValueError(f"the mark `flaky` needs a reason; {example}")
    try:
        date = datetime.date.fromisoformat(until if isinstance(until, str) else "")
    except ValueError:
        raise ValueError(
            f"the mark `flaky` needs a date as `until`, found {until!r}; {example}"
        ) from None
    retries = 1 if retries is None else retries
    if not isinstance(retries, int) or isinstance(retries, bool) or retries < 1:
        raise ValueError(f"the mark `flaky`: retries is at least 1, found {retries!r}; {example}")
    return Flaky(reason=reason, until=date, retries=retries)


def missing_capability(needed: str, machines: set[str], configuration: "Configuration") -> str:
    """Say why a capability is not there; "" if it is, as far as the document tells.

    `kvm` is known when the driver has asked the host: see `needs_host`.
    """
    every = [configuration.machines[name] for name in sorted(machines)] or list(
        configuration.machines.values()
    )
    names = ", ".join(sorted(machines)) or "the machines"
    if needed == "graphics" and not any(one.graphics for one in every):
        return f"needs graphics: {names} have no screen (virtualisation.graphics)"
    if needed == "power-cuts" and not any(one.power_cuts for one in every):
        return f"needs power-cuts: {names} have none (virtualisation.powerCuts)"
    if needed == "ssh" and not any(one.ssh for one in every):
        return f"needs ssh: root cannot log in to {names} (sshBackdoor.enable)"
    if needed == "containers" and not any(one.container or one.as_container for one in every):
        return f"needs containers: {names} are machines in QEMU"
    if needed == "kvm" and configuration.acceleration.policy == "never":
        return "needs kvm: the test has acceleration = never"
    return ""


def needs_host(needed: str) -> bool:
    """Tell whether only the host knows if it is there."""
    return needed == "kvm"


def machines_used(item: pytest.Item, configuration: "Configuration") -> set[str]:
    """Return the names of the machines that a test asks for, by itself or by its fixtures."""
    return machines_of(getattr(item, "fixturenames", ()), configuration)


def uses_machines(item: pytest.Item, configuration: "Configuration") -> bool:
    """Tell whether a test asks for machines, or for the networks between them."""
    has_network = NETWORK in getattr(item, "fixturenames", ())
    return has_network or bool(machines_used(item, configuration))


def _arguments(item: pytest.Item, name: str, known: Sequence[str], what: str) -> list[str]:
    found: list[str] = []
    for mark in item.iter_markers(name):
        if mark.kwargs or not mark.args:
            raise ValueError(f"the mark `{name}` takes names alone: {', '.join(known)}")
        for one in mark.args:
            if one not in known:
                there = expected_kinds() if name == "allow" else ", ".join(known)
                raise ValueError(f"{name}({one!r}): no such {what}; those there are: {there}")
            found.append(one)
    return found


def _axes(mark: pytest.Mark, configuration: "Configuration") -> dict[tuple[str, str], list[object]]:
    """Return the values of each axis that a mark names. Raises ValueError."""
    machines = fixture_names(configuration)
    if mark.args or not mark.kwargs:
        raise ValueError(
            "the mark `variants` takes a machine and an axis: variants(server='kernel')"
        )
    found: dict[tuple[str, str], list[object]] = {}
    for variable, axis in mark.kwargs.items():
        if variable not in machines:
            raise ValueError(
                f"variants({variable}={axis!r}): no machine {variable!r}; those there are: "
                f"{', '.join(machines)}"
            )
        name = machines[variable]
        variants = configuration.machines[name].variants
        known = list(dict.fromkeys(key for one in variants for key in one.values))
        if not isinstance(axis, str) or axis not in known:
            raise ValueError(
                f"variants({variable}={axis!r}): {variable} has no such axis of variants; those "
                f"it has: {', '.join(known) or 'none'}"
            )
        values = [one.values[axis] for one in variants if axis in one.values]
        found[name, axis] = [
            value for index, value in enumerate(values) if value not in values[:index]
        ]
    return found


def _by_machine(
    axes: Sequence[tuple[str, str]], values: Sequence[object]
) -> Mapping[str, Mapping[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for (machine, axis), value in zip(axes, values, strict=True):
        found.setdefault(machine, {})[axis] = value
    return found


def _id(names: Sequence[str], values: Sequence[object]) -> list[str]:
    return [f"{name}={value}" for name, value in zip(names, values, strict=True)]
