"""The public names of nixpkgs' driver of 2026, and those that this driver leaves out on purpose.

`test_nixpkgs_signatures.py` has the methods of machines, the globals and the methods of the log,
with their parameters. Here are their defaults, and all else that a script can reach.
"""

# Defaults of parameters, where a script that names none sees a difference. `timeout` is 900 s.
DEFAULTS: dict[str, dict[str, object]] = {
    "execute": {"check_return": True, "check_output": True, "timeout": "default"},
    "succeed": {"timeout": "default"},
    "fail": {"timeout": "default"},
    "wait_until_succeeds": {"timeout": 900, "attempt_timeout": None},
    "sleep": {"secs": None, "duration": None},
    "systemctl": {"user": None},
    "wait_for_unit": {"user": None, "timeout": 900},
    "get_unit_info": {"user": None},
    "get_unit_property": {"user": None},
    "require_unit_state": {"require_state": "active"},
    "start_job": {"user": None},
    "stop_job": {"user": None},
    "wait_for_open_port": {"addr": "localhost", "timeout": 900},
    "wait_for_closed_port": {"addr": "localhost", "timeout": 900},
    "wait_for_open_unix_socket": {"is_datagram": False, "timeout": 900},
    "send_key": {"delay": 0.01, "log": True},
    "send_chars": {"delay": 0.01},
    "copy_from_machine": {"target_dir": ""},
    "copy_from_vm": {"target_dir": ""},
    "start": {"allow_reboot": False},
    "wait_for_shutdown": {"timeout": None},
    "wait_for_qmp_event": {"timeout": 600},
    # `compatibility` says which default that is.
    "wait_for_console_text": {"timeout": "default"},
    "forward_port": {"host_port": 8080, "guest_port": 80},
}
ATTRIBUTES: dict[str, set[str]] = {
    "machine": set(
        "name out_dir logger callbacks tmp_dir keep_machine_state state_dir shared_dir process pid "
        "start_command monitor qmp_client shell booted connected full_console_log".split()
    ),
    "container": {"get_systemd_process"},
    "driver": set(
        "tests vlans machines machines_qemu machines_nspawn polling_conditions global_timeout "
        "logger debug out_dir keep_machine_state".split()
    ),
    "vlan": {"nr", "socket_dir", "pid"},
}
METHODS: dict[str, dict[str, str]] = {
    "machine": {
        "wait_for_monitor_prompt": "",
        "ssh_backdoor_command": "[index]",
    },
    "container": {"machine_name_from_start_command": "start_command"},
    "driver": {
        "subtest": "name",
        "test_symbols": "",
        "test_script": "",
        "run_tests": "",
        "start_all": "",
        "join_all": "",
        "create_machine": "start_command name= keep_machine_state=",
        "serial_stdout_on": "",
        "serial_stdout_off": "",
        "check_polling_conditions": "",
        "polling_condition": "[fun] seconds_interval= interval= description=",
        "dump_machine_ssh": "[offset]",
    },
    "qmp_client": {
        "send": "cmd [args]",
        "wait_for_event": "[timeout]",
        "events": "[timeout]",
    },
    "process": {
        "poll": "",
        "wait": "[timeout]",
        "send_signal": "number",
        "terminate": "",
        "kill": "",
    },
}
PROCESS = {"args", "pid", "returncode", "stdin", "stdout", "stderr"}
MODULES: dict[str, str] = {
    "debug": "Debug DebugAbstract DebugNop",
    "driver": "Driver",
    "duration": "Duration as_seconds as_timedelta",
    "efi": "EfiGuid EfiVariable",
    "errors": "MachineError RequestedAssertionFailed",
    "logger": "AbstractLogger CompositeLogger JunitXMLLogger LogLevel TerminalLogger XMLLogger",
    "machine": "BaseMachine CHAR_TO_KEY Machine NspawnMachine QemuMachine make_command retry",
    "machine.qmp": "QMPAPIError QMPSession",
    "polling_condition": "PollingCondition PollingConditionError",
    "vlan": "VLan",
}
LOGGER_PARAMETERS: dict[str, str] = {
    "log": "message [attributes]",
    "nested": "message [attributes]",
    "subtest": "name [attributes]",
    "debug": "message [attributes]",
    "info": "message [attributes]",
    "warning": "message [attributes]",
    "error": "message [attributes]",
    "log_test_error": "message [attributes]",
    "log_serial": "message machine",
    "print_serial_logs": "enable",
    "set_log_level": "level",
}
GUIDS = set(
    "gEdkiiVarErrorFlagGuid gEfiAuthenticatedVariableGuid gEfiCertDbGuid gEfiCustomModeEnableGuid "
    "gEfiGlobalVariableGuid gEfiIScsiInitiatorNameProtocolGuid gEfiImageSecurityDatabaseGuid "
    "gEfiIp4Config2ProtocolGuid gEfiMemoryTypeInformationGuid gEfiSecureBootEnableDisableGuid "
    "gEfiSystemNvDataFvGuid gEfiVendorKeysNvGuid gIScsiConfigGuid gMicrosoftVendorGuid "
    "gMtcVendorGuid mBmHardDriveBootVariableGuid".split()
)
# Each with what a script writes instead, or why no script has a use for it.
LEFT_OUT: dict[str, dict[str, str]] = {
    "machine": {
        "monitor_path": "nobody but the driver could connect there; write `monitor`",
        "qmp_path": "nobody but the driver could connect there; write `qmp_client`",
        "shell_path": "nobody but the driver could connect there; write `shell`",
        "serial_thread": "a loop reads all consoles",
        "last_lines": "wait_for_console_text and get_console_log have the lines",
    },
    "driver": {
        "race_timer": "nobody may stop the clock of a test; set `globalTimeout`",
        "terminate_test": "raise an exception",
        "vhost_vsock": "the kernel's vsock serves",
    },
    "vlan": {
        "process": "the driver reads its output; `pid` is there",
        "plug_process": "there is no such process",
        "fd": "there is no such file",
        "tap_name": "containers are connected in another way",
        "logger": "write `log`",
    },
}
