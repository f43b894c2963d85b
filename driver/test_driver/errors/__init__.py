"""Everything the driver raises.

Exception
├── DriverError
│   ├── ConfigurationError      the configuration or the command line is wrong
│   │   └── ExtensionError      an extension cannot be used
│   ├── ExtensionFailed         a hook of an extension has failed
│   ├── HostError               the host, not the test, is at fault
│   │   ├── AccelerationMissing
│   │   ├── SwitchFailed
│   │   ├── StartFailed
│   │   │   └── StartRefused    QEMU refused its command line: the definition must change
│   │   ├── TroubleUnknown      a machine could not be asked for what `failOn` names
│   │   └── ProgramMissing
│   ├── MachineError            something happened to a machine
│   │   ├── MachineExited
│   │   ├── MachinePanicked
│   │   ├── GuestStopped
│   │   ├── GuestPaused         it stands still, and only the script could resume it
│   │   ├── StopJobStuck        it does not go down
│   │   ├── WatchdogExpired
│   │   ├── QemuSuspended
│   │   ├── MonitorBroken
│   │   ├── MonitorError
│   │   │   └── MonitorLost
│   │   ├── AgentError
│   │   │   ├── AgentLost
│   │   │   │   ├── KilledByShutdown
│   │   │   │   └── ShellLost
│   │   │   └── AgentSilent
│   │   │       └── GuestSilent     nor does a root shell answer
│   │   ├── BootEnded*          in emergency or rescue mode
│   │   ├── AddressNotFound*    a name does not resolve in a guest
│   │   ├── UnitFailed*
│   │   │   └── UnitSkipped*    its start was skipped, or cannot come
│   │   ├── UnitRefused*        systemd refuses the name of a unit
│   │   ├── UnitNotInState*
│   │   ├── RecognitionMissing  the driver has no text recognition
│   │   ├── CheckpointError
│   │   ├── FaultRefused        a fault cannot be made
│   │   ├── VariantError
│   │   └── CopyRefused
│   ├── StatefulError           and its kind: stateful/errors.py
│   ├── NetworkFaultRefused     a fault of a network makes no sense, or cannot be had
│   ├── WaitTimedOut*           a condition did not come true in time
│   ├── ConditionFailed*        a condition ceased to hold while something else happened
│   ├── TroubleSeen*            a machine had trouble that `failOn` does not allow
│   ├── CrashNotSeen*           `expect_crash` expected trouble that did not come
│   ├── CommandFailed*          a command in a machine did not do what it must
│   └── SeveralErrors           several machines failed at once
├── RequestedAssertionFailed    what the script demanded is not so; so are those marked * above
│   ├── AssertionFailed         the script's own assertion
│   └── PropertyFailed          in stateful/errors.py
├── ScriptSyntaxError           the script does not compile
└── (BaseException) Halted      what no `except Exception` in a script may swallow
    ├── GlobalTimeout
    ├── Interrupted
    ├── OutputLost
    └── ScriptRefused           the script has problems that are seen without running it
"""

from .base import (
    ConfigurationError,
    DriverError,
    NetworkFaultRefused,
    RequestedAssertionFailed,
    SeveralErrors,
)
from .expectations import (
    AssertionFailed,
    CommandFailed,
    ConditionFailed,
    CrashNotSeen,
    TroubleSeen,
    WaitTimedOut,
)
from .extension import ExtensionError, ExtensionFailed
from .guest import (
    AddressNotFound,
    AgentError,
    AgentLost,
    AgentSilent,
    BootEnded,
    GuestSilent,
    KilledByShutdown,
    ShellLost,
    UnitFailed,
    UnitNotInState,
    UnitRefused,
    UnitSkipped,
)
from .halted import (
    GlobalTimeout,
    Halted,
    Interrupted,
    OutputLost,
    ScriptRefused,
    ScriptSyntaxError,
)
from .host import (
    AccelerationMissing,
    HostError,
    ProgramMissing,
    StartFailed,
    StartRefused,
    SwitchFailed,
    TroubleUnknown,
)
from .machine import (
    CheckpointError,
    CopyRefused,
    FaultRefused,
    GuestPaused,
    GuestStopped,
    MachineError,
    MachineExited,
    MachinePanicked,
    MonitorBroken,
    MonitorError,
    MonitorLost,
    QemuSuspended,
    RecognitionMissing,
    StopJobStuck,
    VariantError,
    WatchdogExpired,
)

__all__ = [
    "AccelerationMissing",
    "AddressNotFound",
    "AgentError",
    "AgentLost",
    "AgentSilent",
    "AssertionFailed",
    "BootEnded",
    "CheckpointError",
    "CommandFailed",
    "ConditionFailed",
    "ConfigurationError",
    "CopyRefused",
    "CrashNotSeen",
    "DriverError",
    "ExtensionError",
    "ExtensionFailed",
    "FaultRefused",
    "GlobalTimeout",
    "GuestPaused",
    "GuestSilent",
    "GuestStopped",
    "Halted",
    "HostError",
    "Interrupted",
    "KilledByShutdown",
    "MachineError",
    "MachineExited",
    "MachinePanicked",
    "MonitorBroken",
    "MonitorError",
    "MonitorLost",
    "NetworkFaultRefused",
    "OutputLost",
    "ProgramMissing",
    "QemuSuspended",
    "RecognitionMissing",
    "RequestedAssertionFailed",
    "ScriptRefused",
    "ScriptSyntaxError",
    "SeveralErrors",
    "ShellLost",
    "StartFailed",
    "StartRefused",
    "StopJobStuck",
    "SwitchFailed",
    "TroubleSeen",
    "TroubleUnknown",
    "UnitFailed",
    "UnitNotInState",
    "UnitRefused",
    "UnitSkipped",
    "VariantError",
    "WaitTimedOut",
    "WatchdogExpired",
]
