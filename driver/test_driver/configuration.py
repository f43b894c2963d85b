"""The JSON document that describes a test, as data."""

import json
from collections.abc import Mapping
from ipaddress import IPv4Interface, IPv6Interface
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, ValidationError
from pydantic_core import PydanticCustomError

from .compatibility import Policy
from .configuration_errors import describe_problems
from .errors import ConfigurationError
from .reserved_names import refusal, reserved_names, variable_name
from .screen.recording import RecordScreen
from .trouble.kinds import expected_kinds, kinds

SCHEMA_VERSION = 1

# What only a machine has that is never a container.
NOT_OF_CONTAINERS = (
    "backend",
    "container",
    "graphics",
    "memory_in_file",
    "power_cuts",
    "variants",
    "warm_start",
)

# A machine's name becomes the name of files and folders.
NAME_PATTERN = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$"
MachineName = Annotated[str, Field(pattern=NAME_PATTERN)]
Vlan = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(gt=0)]


def _checked_kind(kind: str) -> str:
    if kind not in kinds():
        raise PydanticCustomError("kind", "expected one of " + expected_kinds())
    return kind


TroubleKind = Annotated[str, AfterValidator(_checked_kind)]


Isolation = Literal["restore", "boot", "none"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


Mac = Annotated[str, Field(pattern=r"^[0-9a-f]{2}(:[0-9a-f]{2}){5}$")]


class WarmInterface(_Part):
    """An interface of a machine that was saved, which is down: what it gets when it goes up."""

    name: str
    # None if it keeps the one that it has.
    mac: Mac | None
    # With the lengths of their prefixes.
    addresses: tuple[IPv4Interface | IPv6Interface, ...]


class Identity(_Part):
    """What makes a snapshot a machine of a test."""

    # What is appended to files, by their paths.
    files: dict[str, str] = {}
    interfaces: tuple[WarmInterface, ...] = ()


class WarmStart(_Part):
    """A snapshot to begin from, and how it becomes this one."""

    folder: str
    # Run by sh in the guest; $1 is the time (seconds since 1970), $2 a new random machine id.
    script: str
    # Says the same, but for the clock, where that can be done in the guest without a program.
    identity: Identity | None = None


class Variant(_Part):
    """One of the ways in which a machine can be made, and how to start it then."""

    values: dict[str, JsonValue]
    start_command: Annotated[tuple[str, ...], Field(min_length=1)]
    memory_mib: Positive
    cores: Positive
    warm_start: WarmStart | None = None
    # What its disks are made from. Variants that have the same can go on with each other's disks.
    disk: str


class Limits(_Part):
    """What the processes of a container may have together; None is no limit."""

    memory_mib: Positive | None = None
    cores: Positive | None = None
    # Whether the container does not start where they cannot be set; else it goes on without.
    required: bool = True


class ContainerForm(_Part):
    """How a machine starts as a container."""

    start_command: Annotated[tuple[str, ...], Field(min_length=1)]
    limits: Limits = Limits()


class MachineConfiguration(_Part):
    """One machine: how to start it, and what it is connected to."""

    start_command: Annotated[tuple[str, ...], Field(min_length=1)]
    vlans: tuple[Vlan, ...]
    # Further names of the machine in scripts: its host name. Names of machines go first.
    aliases: tuple[str, ...] = ()
    memory_mib: Positive
    cores: Positive
    # Whether the command starts a container instead of a QEMU, and its limits.
    container: bool = False
    limits: Limits = Limits()
    # How it starts where KVM does not work, instead of as a QEMU: the driver chooses at its start.
    as_container: ContainerForm | None = None
    # What runs the machine (machine/kinds.py); None for QEMU, or systemd-nspawn for a container.
    backend: str | None = None
    record_screen: RecordScreen = "never"
    # Whether a person at the prompt gets to see its screen.
    graphics: bool = False
    warm_start: WarmStart | None = None
    # Whether its guest runs the agent: without it, commands go through a root shell on hvc0.
    # `None` if nobody knows.
    guest_agent: bool | None = True
    # Whether its memory lies in a file, so that a snapshot for warm starts can be taken of it.
    memory_in_file: bool = False
    # Whether what it writes is logged, so that its power can be cut.
    power_cuts: bool = False
    # Whether root can log in by SSH, and the number that its address on vsock follows from.
    ssh: bool = False
    vsock_number: Annotated[int, Field(ge=1, le=254)] | None = None
    # What a script may choose instead, and the values of what is described here.
    variants: tuple[Variant, ...] = ()
    variant: dict[str, JsonValue] = Field(default_factory=dict)
    disk: str = ""

    @property
    def logs_writes(self) -> bool:
        """Whether what its guest writes is logged."""
        return self.power_cuts

    @property
    def backend_name(self) -> str:
        """What runs the machine."""
        return self.backend or ("nspawn" if self.container else "qemu")


class AccelerationConfiguration(_Part):
    """Whether KVM is used, and what is needed to find out if it works."""

    policy: Literal["prefer", "require", "never"]
    kernel: str | None
    qemu: str


class AdmissionConfiguration(_Part):
    """What drivers of one host share, to wait until there is room."""

    # A file that all of them can read: they lock it (admission/ledger.py), and write nothing.
    ledger: str
    # What QEMU needs beside the memory of its guest.
    overhead_mib: Positive


class Configuration(_Part):
    """One test."""

    schema_version: Literal[1]
    name: str
    # The script, unless the command line names one (script/script_file.py), and the file that a
    # person edits: absolute, or relative to the project's root.
    test_script: str | None = None
    test_script_source: str | None = None
    global_timeout_seconds: Positive
    # The kinds of trouble in machines that fail the test; others are only told.
    fail_on: tuple[TroubleKind, ...] = ()
    # Whose meaning methods have where nixpkgs' driver differs on purpose.
    compatibility: Policy = "rehearse"
    # What machines are like when a test of pytest begins: as they were after its fixtures were set
    # up, freshly booted, or as the test before has left them.
    isolation: Isolation = "restore"
    acceleration: AccelerationConfiguration
    # A program with the options of `vde_switch` that carries networks instead of the driver's.
    vde_switch: str | None = None
    # What reads text on screens: a program, looked for in PATH unless it is a path.
    tesseract: str = "tesseract"
    # Folders of Python packages, or packages of the store, for the script and as extensions.
    python_path: tuple[str, ...] = ()
    # What unpacks the images of containers, and holds them: a program and its arguments.
    container_images: tuple[str, ...] = ()
    # None where machines start whatever memory the host has free.
    admission: AdmissionConfiguration | None = None
    vlans: tuple[Vlan, ...]
    machines: dict[MachineName, MachineConfiguration]


def load_configuration(path: Path) -> Configuration:
    """Read and check a configuration. Raises ConfigurationError, which names each wrong place."""
    try:
        document = json.loads(path.read_text())
    except OSError as error:
        raise ConfigurationError(str(path), [f"cannot be read: {error.strerror}"]) from error
    except (RecursionError, ValueError) as error:
        raise ConfigurationError(str(path), [f"is not JSON: {error}"]) from error
    return check_configuration(document, where=str(path))


def check_configuration(document: object, *, where: str) -> Configuration:
    """Turn a parsed JSON document into a configuration."""
    if not isinstance(document, dict):
        raise ConfigurationError(where, ["expected an object at the top"])
    if (version := document.get("schema_version", SCHEMA_VERSION)) != SCHEMA_VERSION:
        raise ConfigurationError(
            where,
            [
                f"schema_version: expected {SCHEMA_VERSION}, got {json.dumps(version)}; "
                "the configuration and this driver are of different versions: build the test "
                "again with the version of this driver, or use the driver that was built with it"
            ],
        )
    try:
        # Validated as JSON: there a list is what a tuple is made from, even strictly.
        configuration = Configuration.model_validate_json(json.dumps(document))
    except ValidationError as error:
        raise ConfigurationError(where, describe_problems(error, Configuration)) from error
    if problems := _contradictions(configuration):
        raise ConfigurationError(where, problems)
    return configuration


def _contradictions(configuration: Configuration) -> list[str]:
    problems = []
    variables: dict[str, str] = {}
    for name, machine in configuration.machines.items():
        for index, vlan in enumerate(machine.vlans):
            if vlan not in configuration.vlans:
                problems.append(
                    f"machines.{name}.vlans[{index}]: network {vlan} is not one of `vlans` "
                    f"({', '.join(map(str, configuration.vlans)) or 'which is empty'})"
                )
        if machine.as_container is not None:
            problems += [
                f"machines.{name}.{field}: a machine with `as_container` cannot have it, because "
                "containers do not"
                for field in NOT_OF_CONTAINERS
                if getattr(machine, field) != MachineConfiguration.model_fields[field].default
            ]
        variable = variable_name(name)
        if reason := refusal(variable):
            problems.append(
                f"machines.{name}: cannot be the name of a machine, because {reason}; "
                f"reserved names: {reserved_names()}"
            )
        if variable in variables:
            problems.append(
                f"machines.{name}: in a script it would be called {variable}, "
                f"as would machines.{variables[variable]}; rename one of them"
            )
        variables[variable] = name
    return problems


def machine_variables(machines: Mapping[str, MachineConfiguration]) -> dict[str, str]:
    """Return the variables that stand for machines in a script, with the name of the machine.

    A name of a machine goes before the alias of another one. An alias that several machines have,
    or that cannot be a variable, stands for none.
    """
    own = {variable_name(name): name for name in machines}
    aliases: dict[str, list[str]] = {}
    for name, machine in machines.items():
        for variable in {variable_name(alias) for alias in machine.aliases}:
            aliases.setdefault(variable, []).append(name)
    unique = {
        variable: names[0]
        for variable, names in aliases.items()
        if len(names) == 1 and variable not in own and refusal(variable) is None
    }
    return unique | own
