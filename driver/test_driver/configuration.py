"""The JSON document that describes a test, as data."""

import json
from collections.abc import Mapping
from ipaddress import IPv4Interface, IPv6Interface
from pathlib import Path
from typing import Annotated, Any, Literal

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


def _name_kinds(schema: dict[str, Any]) -> None:
    schema["enum"] = list(kinds())


TroubleKind = Annotated[str, AfterValidator(_checked_kind), Field(json_schema_extra=_name_kinds)]
Isolation = Literal["restore", "boot", "none"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


Mac = Annotated[str, Field(pattern=r"^[0-9a-f]{2}(:[0-9a-f]{2}){5}$")]


class WarmInterface(_Part):
    """An interface of a machine that starts from a snapshot: what it gets when it goes up."""

    name: str
    mac: Mac | None
    """The MAC address; null if the interface keeps the one that it has."""
    addresses: tuple[IPv4Interface | IPv6Interface, ...]
    """IP addresses with the lengths of their prefixes."""


class Identity(_Part):
    """What makes a snapshot a machine of a test."""

    files: dict[str, str] = {}
    """Text that is appended to files, by their paths."""
    interfaces: tuple[WarmInterface, ...] = ()
    """The interfaces that it gets."""


class WarmStart(_Part):
    """A snapshot to begin from, and how it gets its identity."""

    folder: str
    """The folder of the snapshot."""
    script: str
    """A script that sh runs in the guest. `$1` is the time in seconds since 1970, `$2` a new
    random machine id."""
    identity: Identity | None = None
    """The same as data, but for the clock, where a guest needs no program for it."""


class Variant(_Part):
    """One of the ways in which a machine can be made, and how to start it then."""

    values: dict[str, JsonValue]
    """What a script asks for to get this variant."""
    start_command: Annotated[tuple[str, ...], Field(min_length=1)]
    """The program that starts the machine, and its arguments."""
    memory_mib: Positive
    cores: Positive
    warm_start: WarmStart | None = None
    """The snapshot to begin from; null for a cold start."""
    disk: str
    """What its disks are made from. Variants with the same text can use each other's disks."""


class Limits(_Part):
    """What the processes of a container may have together; null is no limit."""

    memory_mib: Positive | None = None
    cores: Positive | None = None
    required: bool = True
    """Whether the start fails where the limits cannot be set."""


class ContainerForm(_Part):
    """How a machine starts as a container."""

    start_command: Annotated[tuple[str, ...], Field(min_length=1)]
    """The program that starts the container, and its arguments."""
    limits: Limits = Limits()
    """What its processes may have together."""


class MachineConfiguration(_Part):
    """One machine: how to start it, and what it is connected to."""

    start_command: Annotated[tuple[str, ...], Field(min_length=1)]
    """The program that starts the machine, and its arguments."""
    vlans: tuple[Vlan, ...]
    """The networks of its cards, in order."""
    aliases: tuple[str, ...] = ()
    """Further names of the machine in scripts: its host name. Names of machines go first."""
    memory_mib: Positive
    cores: Positive
    container: bool = False
    """Whether the command starts a container instead of a QEMU."""
    limits: Limits = Limits()
    """The limits of a container."""
    as_container: ContainerForm | None = None
    """How the machine starts where KVM does not work. The driver chooses at its start."""
    backend: str | None = None
    """What runs the machine; null for QEMU, or for systemd-nspawn if it is a container."""
    record_screen: RecordScreen = "never"
    """When a recording of its screen is kept."""
    graphics: bool = False
    """Whether a person at the prompt gets to see its screen."""
    warm_start: WarmStart | None = None
    """The snapshot to begin from; null for a cold start."""
    guest_agent: bool | None = True
    """Whether its guest runs qemu-guest-agent. Without it, commands go through a root shell on
    hvc0. Null if that is not known."""
    memory_in_file: bool = False
    """Whether its memory lies in a file, so that a snapshot for warm starts can be taken."""
    power_cuts: bool = False
    """Whether what it writes is logged, so that its power can be cut."""
    ssh: bool = False
    """Whether root can log in by SSH."""
    vsock_number: Annotated[int, Field(ge=1, le=254)] | None = None
    """The number that its address on vsock follows from."""
    variants: tuple[Variant, ...] = ()
    """What a script may choose instead."""
    variant: dict[str, JsonValue] = Field(default_factory=dict)
    """The values of what is described here."""
    disk: str = ""
    """As in a variant."""

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
    """`prefer`: use KVM where it works. `require`: refuse to run without. `never`: emulate."""
    kernel: str | None
    """A Linux kernel that the driver boots to try KVM; null to trust /dev/kvm."""
    qemu: str
    """The program of QEMU."""


class AdmissionConfiguration(_Part):
    """What the drivers of one host share, to wait until there is memory."""

    ledger: str
    """A file that all of them can read. They lock it, and write nothing."""
    overhead_mib: Positive
    """What QEMU needs beside the memory of its guest."""


class Configuration(_Part):
    """One test: its machines, its networks and its script."""

    schema_version: Literal[1]
    """The version of this format."""
    name: str
    """The name of the test."""
    test_script: str | None = None
    """The file of the script; null if the command line names one."""
    test_script_source: str | None = None
    """The file that a person edits: absolute, or relative to the root of the project."""
    global_timeout_seconds: Positive
    """How long the whole test may take."""
    fail_on: tuple[TroubleKind, ...] = ()
    """The kinds of trouble in machines that fail the test; others are only told."""
    compatibility: Policy = "rehearse"
    """Whose meaning methods have where nixpkgs' driver differs on purpose."""
    isolation: Isolation = "restore"
    """What machines are like when a test of pytest begins: `restore`, as they were after its
    fixtures were set up; `boot`, freshly booted; `none`, as the test before has left them."""
    acceleration: AccelerationConfiguration
    """Whether machines use KVM."""
    vde_switch: str | None = None
    """A program with the options of `vde_switch` that carries networks instead of the driver."""
    tesseract: str = "tesseract"
    """The program that reads text on screens, looked for in PATH unless it is a path."""
    python_path: tuple[str, ...] = ()
    """Folders of Python packages, or packages of the store, for the script and as extensions."""
    container_images: tuple[str, ...] = ()
    """The program that unpacks and holds the images of containers, and its arguments."""
    admission: AdmissionConfiguration | None = None
    """Null where machines start however little memory the host has free."""
    vlans: tuple[Vlan, ...]
    """The networks, by their numbers."""
    machines: dict[MachineName, MachineConfiguration]
    """The machines by their names."""


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
