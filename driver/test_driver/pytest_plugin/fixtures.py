"""The fixtures of a testbed: one for each machine, by its name, and those for all of them."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from types import ModuleType
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
NAMES_OF_ALL = (*ALL_MACHINES, NETWORK)
VARIANT = "_rehearse_variant"
# Names that a machine cannot have, because they mean something else to every test.
TAKEN = (*ALL_MACHINES, NETWORK, "subtest", "subtests", "request")


def common_fixtures(testbed: Testbed) -> ModuleType:
    """Return a plugin with the fixtures that are not of one machine."""

    # All fixtures of machines ask for the variant: pytest takes down what was made with the
    # machines of another one.
    @pytest.fixture(scope="session", name="testbed")
    def whole(_rehearse_variant: object) -> "Driver":
        """The driver of the testbed: `testbed.start_all()`, `testbed.name`."""
        return testbed.open().driver

    @pytest.fixture(scope="session")
    def machines(_rehearse_variant: object) -> "list[BaseMachine]":
        """All machines of the testbed."""
        return testbed.open().driver.machines

    @pytest.fixture(scope="session")
    def network(_rehearse_variant: object) -> "Network":
        """The faults of the testbed's networks: `network.partition([a], [b])`."""
        return testbed.open().driver.network

    @pytest.fixture
    def subtest(
        request: pytest.FixtureRequest,
    ) -> Callable[[str], AbstractContextManager[object]]:
        """Make what happens in a block a case of its own; the test goes on after a failure.

        `with subtest("the page is served"): ...`
        """
        return _subtest(testbed, request)

    @pytest.fixture(scope="session", autouse=True, name=VARIANT)
    def variant(request: pytest.FixtureRequest) -> Mapping[str, Mapping[str, object]]:
        """The values of the variants of machines that a test is run with."""
        return getattr(request, "param", {})

    fixtures = {"machines": machines, "network": network, "subtest": subtest}
    return _plugin("fixtures", {**fixtures, "testbed": whole, "variant": variant})


def _subtest(
    testbed: Testbed, request: pytest.FixtureRequest
) -> Callable[[str], AbstractContextManager[object]]:
    if not request._fixturemanager.getfixturedefs("subtests", request.node):
        pytest.fail(
            "the fixture `subtest` needs pytest 9, or the package pytest-subtests: install "
            "one of them where this pytest is",
            pytrace=False,
        )
    subtests = request.getfixturevalue("subtests")
    steps = testbed.open().records.steps

    @contextmanager
    def case(name: str) -> Iterator[None]:
        title = f"{request.node.nodeid} [{name}]"
        with subtests.test(msg=name), steps.step(title, subtest=True):
            yield

    return case


def no_testbed() -> ModuleType:
    """Return a plugin for a session without a testbed, which says how to give one."""

    def missing() -> None:
        pytest.fail(NO_TESTBED, pytrace=False)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        item: pytest.Item,
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add to the report of an unknown fixture how to give a testbed."""
        report = yield
        if report.failed and (unknown := missing_fixtures(item)):
            text = f"if {unknown[0]!r} is a machine: {NO_TESTBED}"
            report.sections.append(("rehearse", text))
        return report

    named = {name: pytest.fixture(scope="session", name=name)(missing) for name in NAMES_OF_ALL}
    return _plugin("no_testbed", {**named, "pytest_runtest_makereport": pytest_runtest_makereport})


def _plugin(name: str, members: Mapping[str, object]) -> ModuleType:
    """Return a plugin with these members. Fixtures of classes get an instance for each test."""
    module = ModuleType(f"{__name__}.{name}")
    vars(module).update(members)
    return module


NO_TESTBED = (
    "no testbed: give one with --testbed='.#checks.x86_64-linux.NAME', or with "
    '`testbed = ".#checks.x86_64-linux.NAME"` under [tool.pytest.ini_options] in pyproject.toml. '
    "A testbed is the output `.testbed` of a test, or a folder with its configuration.json"
)


def machine_fixtures(testbed: Testbed) -> ModuleType:
    """Return a plugin with a fixture for each machine. Raises pytest.UsageError."""
    names = fixture_names(testbed.configuration)
    if taken := sorted(set(names) & set(TAKEN)):
        raise pytest.UsageError(
            f"the testbed {testbed.configuration.name} has a machine {taken[0]!r}, which is the "
            "name of another fixture: rename the machine"
        )
    members = {variable: _fixture(testbed, variable, name) for variable, name in names.items()}
    return _plugin("machines", members)


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
    def machine(_rehearse_variant: object) -> "BaseMachine":
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
    """Return the fixtures that a test or one of its fixtures requests and that are not defined."""
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
