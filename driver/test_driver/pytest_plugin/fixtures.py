"""The fixtures of a testbed: one for each machine, by its name, and those for all of them."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from .testbed import Testbed

if TYPE_CHECKING:
    from ..configuration import Configuration
    from ..driver import Driver
    from ..machine import BaseMachine
    from ..network.faults import Network

ALL_MACHINES = ("machines", "testbed")
NETWORK = "network"
VARIANT = "_rehearse_variant"
# Names that a machine cannot have, because they mean something else to every test.
TAKEN = (*ALL_MACHINES, NETWORK, "subtest", "subtests", "request")


class Fixtures:
    """Fixtures for all machines."""

    def __init__(self, testbed: Testbed) -> None:
        self._testbed = testbed

    # All fixtures of machines ask for the variant: pytest takes down what was made with the
    # machines of another one.
    @pytest.fixture(scope="session")
    def testbed(self, _rehearse_variant: object) -> "Driver":
        """The driver of the testbed: `testbed.start_all()`, `testbed.name`."""
        return self._testbed.open().driver

    @pytest.fixture(scope="session")
    def machines(self, _rehearse_variant: object) -> "list[BaseMachine]":
        """All machines of the testbed."""
        return self._testbed.open().driver.machines

    @pytest.fixture(scope="session")
    def network(self, _rehearse_variant: object) -> "Network":
        """The faults of the testbed's networks: `network.partition([a], [b])`."""
        return self._testbed.open().driver.network

    @pytest.fixture
    def subtest(
        self, request: pytest.FixtureRequest
    ) -> Callable[[str], AbstractContextManager[object]]:
        """Make what happens in a block a case of its own; the test goes on after a failure.

        `with subtest("the page is served"): ...`
        """
        if not request._fixturemanager.getfixturedefs("subtests", request.node):
            pytest.fail(
                "the fixture `subtest` needs pytest 9, or the package pytest-subtests: install "
                "one of them where this pytest is",
                pytrace=False,
            )
        subtests = request.getfixturevalue("subtests")
        steps = self._testbed.open().records.steps

        @contextmanager
        def case(name: str) -> Iterator[None]:
            title = f"{request.node.nodeid} [{name}]"
            with subtests.test(msg=name), steps.step(title, subtest=True):
                yield

        return case

    @pytest.fixture(scope="session", autouse=True, name=VARIANT)
    def variant(self, request: pytest.FixtureRequest) -> Mapping[str, Mapping[str, object]]:
        """The values of the variants of machines that a test is run with."""
        return getattr(request, "param", {})


class NoTestbed:
    """What a session has without a testbed: fixtures that say how to give one."""

    @pytest.fixture(scope="session", name="testbed")
    def _testbed(self) -> None:
        pytest.fail(NO_TESTBED, pytrace=False)

    @pytest.fixture(scope="session", name="machines")
    def _machines(self) -> None:
        pytest.fail(NO_TESTBED, pytrace=False)

    @pytest.fixture(scope="session", name="network")
    def _network(self) -> None:
        pytest.fail(NO_TESTBED, pytrace=False)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add to the report of an unknown fixture how to give a testbed."""
        report = yield
        if report.failed and (missing := missing_fixtures(item)):
            text = f"if {missing[0]!r} is a machine: {NO_TESTBED}"
            report.sections.append(("rehearse", text))
        return report


NO_TESTBED = (
    "no testbed: give one with --testbed='.#checks.x86_64-linux.NAME', or with "
    '`testbed = ".#checks.x86_64-linux.NAME"` under [tool.pytest.ini_options] in pyproject.toml. '
    "A testbed is the output `.testbed` of a test, or a folder with its configuration.json"
)


def machine_fixtures(testbed: Testbed) -> object:
    """Return a plugin with a fixture for each machine. Raises pytest.UsageError."""
    names = fixture_names(testbed.configuration)
    if taken := sorted(set(names) & set(TAKEN)):
        raise pytest.UsageError(
            f"the testbed {testbed.configuration.name} has a machine {taken[0]!r}, which is the "
            "name of another fixture: rename the machine"
        )
    members = {variable: _fixture(testbed, variable, name) for variable, name in names.items()}
    return type("MachineFixtures", (), members)()


def fixture_names(configuration: "Configuration") -> dict[str, str]:
    """Return the fixtures that stand for machines, with the names of these."""
    # Imported here: most tests can be collected without it (`--live`).
    from ..configuration import machine_variables

    names = machine_variables(configuration.machines)
    if len(configuration.machines) == 1:
        names.setdefault("machine", next(iter(configuration.machines)))
    return names


def machines_of(names: "list[str] | tuple[str, ...]", configuration: "Configuration") -> set[str]:
    """Return the machines that some fixtures stand for."""
    if any(name in ALL_MACHINES for name in names):
        return set(configuration.machines)
    known = fixture_names(configuration)
    return {known[name] for name in names if name in known}


def _fixture(testbed: Testbed, variable: str, name: str) -> Any:  # noqa: ANN401 - pytest's own
    @pytest.fixture(scope="session", name=variable)
    def machine(self: object, _rehearse_variant: object) -> "BaseMachine":
        found = {one.name: one for one in testbed.open().driver.machines}
        return found[name]

    machine.__doc__ = f"The machine {name}."
    return machine


def is_own(function: object) -> bool:
    """Tell whether the function of a fixture is the plugin's."""
    return getattr(function, "__module__", "") == __name__


def missing_message(name: str, configuration: "Configuration") -> str:
    """Say of an unknown fixture which machines there are."""
    machines = ", ".join(fixture_names(configuration)) or "none"
    return (
        f"fixture {name!r} not found: the testbed {configuration.name} has no machine of this "
        f"name; its machines are: {machines}. Fixtures for all of them: "
        f"{', '.join((*ALL_MACHINES, NETWORK))}. `pytest --fixtures` lists all fixtures"
    )


def missing_fixtures(item: pytest.Item) -> list[str]:
    """Return the names that a test, or one of its fixtures, asks for and that nobody defines."""
    info = getattr(item, "_fixtureinfo", None)
    if info is None:
        return []
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    known = {*info.name2fixturedefs, *parameters, "request"}
    return [name for name in info.names_closure if name not in known]


def fixture_definitions(item: pytest.Item | None) -> Mapping[str, Sequence[pytest.FixtureDef[Any]]]:
    """Return the definitions of all fixtures that a test asks for, by their names."""
    info = getattr(item, "_fixtureinfo", None)
    return {} if info is None else info.name2fixturedefs
