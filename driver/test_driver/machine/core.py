"""A machine of a test, as scripts know it."""

import asyncio
import sys
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import IO, Any, TypeVar

from ..configuration import MachineConfiguration
from ..deadline import NEVER, Deadline, Duration
from ..errors import DriverError, SwitchFailed
from ..faults import held_guest, power_cut
from ..faults.fault import Fault, may_be_provoked
from ..log import MachineLog
from ..output import EVIDENCE_FOLDER
from ..qemu.arguments import ChannelPaths
from ..qemu.console import Console
from ..qemu.disks import AttachedDisk
from ..qemu.launch import launch_of, start_environment
from ..qemu.run import PANIC_TEXT, Qemu, QemuLaunch
from ..qemu.screen_dump import dump_screen, record_file
from ..reaching import connected_by, started_by
from ..saved.checkpoints import Checkpoint
from ..saved.prelude import tell_failure
from ..saved.saved_state import StateUnusable, memory_arguments
from ..saved.warm_start import WarmStarter, begins_anew
from ..screen.keyboard import DEFAULT_LAYOUT
from ..screen.recording import ScreenRecording
from ..session import Session
from ..state import machine_folder, make_machine_folder
from ..steps import Step
from ..time_budget import Activity, counted
from ..words import cables as cable_words
from ..words import checkpoints as checkpoint_words
from ..words import commands as command_words
from ..words import console as console_words
from ..words import copies as copy_words
from ..words import deprecated as deprecated_words
from ..words import disks as disk_words
from ..words import efi as efi_words
from ..words import interaction as interact_words
from ..words import keys as key_words
from ..words import monitor as monitor_words
from ..words import pace as pace_words
from ..words import power as power_words
from ..words import screen as screen_words
from ..words import ssh as ssh_words
from ..words import state as state_words
from ..words import trouble as trouble_words
from ..words import tty as tty_words
from ..words import units as unit_words
from ..words import variants as variant_words
from ..words import waits as wait_words
from ..words import windows as window_words
from ..words.clock import Clock
from .callbacks import Callbacks
from .compat import NixpkgsAttributes

T = TypeVar("T")


@counted
class Machine(NixpkgsAttributes):
    """A machine of the test.

    A machine that was not started is started by the first word that needs it, and waited for until
    it takes commands. A command whose caller gives no `timeout` may take `default_timeout`, in
    seconds or as a timedelta: 15 minutes unless the script sets it, `None` for no limit. Of what a
    command writes to stdout, and to stderr, `output_limit` bytes are kept: 16 MiB unless it is set.
    Of a longer output, the middle is left out, and a line there and the log say so. With the option
    `compatibility = "nixpkgs"` of the test, neither has a limit by default.
    """

    # A word is a function in the file of its concept, and a line here.
    start = power_words.start
    shutdown = power_words.shutdown
    crash = power_words.crash
    reboot = power_words.reboot
    wait_for_shutdown = power_words.wait_for_shutdown
    connect = power_words.connect
    release = power_words.release
    cleanup_statedir = power_words.cleanup_statedir
    is_up = power_words.is_up
    expect_end = power_words.expect_end
    switch_root = power_words.switch_root
    power_cut = power_cut.power_cut
    disk = disk_words.disk
    pause = pace_words.pause
    resume = pace_words.resume
    limit_cpu = pace_words.limit_cpu
    limit_memory = pace_words.limit_memory

    execute = command_words.execute
    succeed = command_words.succeed
    fail = command_words.fail
    run = command_words.run
    spawn = command_words.spawn
    wait_until_succeeds = command_words.wait_until_succeeds
    wait_until_fails = command_words.wait_until_fails

    systemctl = unit_words.systemctl
    get_unit_info = unit_words.get_unit_info
    get_unit_property = unit_words.get_unit_property
    require_unit_state = unit_words.require_unit_state
    wait_for_unit = unit_words.wait_for_unit
    wait_for_unit_active_state = unit_words.wait_for_unit_active_state
    start_job = unit_words.start_job
    stop_job = unit_words.stop_job

    run_callbacks = wait_words.run_callbacks
    sleep = wait_words.sleep
    wait_for_open_unix_socket = wait_words.wait_for_open_unix_socket
    wait_for_open_port = wait_words.wait_for_open_port
    wait_for_closed_port = wait_words.wait_for_closed_port
    wait_for_file = wait_words.wait_for_file
    wait_for_console_text = wait_words.wait_for_console_text
    get_console_log = wait_words.get_console_log
    send_console = console_words.send_console
    log_serial = console_words.log_serial
    console_interact = interact_words.console_interact
    shell_interact = interact_words.shell_interact

    get_tty_text = tty_words.get_tty_text
    wait_until_tty_matches = tty_words.wait_until_tty_matches
    dump_tty_contents = tty_words.dump_tty_contents

    wait_for_x = window_words.wait_for_x
    get_window_names = window_words.get_window_names
    wait_for_window = window_words.wait_for_window

    send_monitor_command = monitor_words.send_monitor_command
    wait_for_qmp_event = monitor_words.wait_for_qmp_event
    forward_port = monitor_words.forward_port

    block = cable_words.block
    unblock = cable_words.unblock
    unplug = cable_words.unplug
    plug = cable_words.plug

    copy_from_host = copy_words.copy_from_host
    copy_from_machine = copy_words.copy_from_machine
    # It was a work-around for large files; copy_from_host has no need of one.
    copy_from_host_via_shell = copy_words.copy_from_host

    send_key = key_words.send_key
    send_chars = key_words.send_chars

    screenshot = screen_words.screenshot
    get_screen_text = screen_words.get_screen_text
    get_screen_text_variants = screen_words.get_screen_text_variants
    wait_for_text = screen_words.wait_for_text

    create_efi_vars = efi_words.create_efi_vars
    read_efi_vars = efi_words.read_efi_vars
    write_efi_vars = efi_words.write_efi_vars
    dump_efi_vars = efi_words.dump_efi_vars

    ssh_backdoor_command = ssh_words.ssh_backdoor_command

    checkpoint = checkpoint_words.checkpoint
    restore = checkpoint_words.restore
    rollback = checkpoint_words.rollback
    save_machine = state_words.save_machine
    expect_crash = trouble_words.expect_crash

    cores = property(variant_words.cores)
    memory_mib = property(variant_words.memory_mib)
    variants = property(variant_words.variants)
    variant = property(variant_words.variant)
    use_variant = variant_words.use_variant

    copy_from_vm = deprecated_words.copy_from_vm
    wait_for_job = deprecated_words.wait_for_job

    def __init__(
        self,
        name: str,
        configuration: MachineConfiguration,
        session: Session,
        *,
        index: int,
        console_file: IO[bytes] | None,
    ) -> None:
        self.name = name
        self.session = session
        self.qemu: Qemu | None = None
        self.default_timeout: Duration | None = session.compatibility.command_seconds
        self.output_limit = session.compatibility.output_limit_bytes
        self.lines = MachineLog(name)
        self.checkpoints: dict[str, Checkpoint] = {}
        self.keyboard_layout = DEFAULT_LAYOUT
        self.console = Console(self._on_console_line, console_file, session.losses.note)
        self.console.on_late_stderr = self._on_late_stderr
        self.trouble = session.troubles.of(name, self.console, configuration.container)
        self.state_dir = machine_folder(session.state_folder, name)
        self.efi_store = self.state_dir / "efi-vars.fd"
        self.recording = ScreenRecording(
            configuration.record_screen,
            session.output.path / EVIDENCE_FOLDER / name / "recording",
            self.state_dir / "recording.png",
            lambda path: record_file(self, "frame", path),
            session.losses.note,
        )
        self.configuration = configuration
        self.has_ssh = configuration.ssh
        self.faults: list[Fault] = []
        self.callbacks = Callbacks()
        self.corrupted = False  # a disk of it, by the script
        self.clock = Clock(self)
        self.known_disks: list[AttachedDisk] = []
        self.vsock_cid = ssh_words.usable_vsock_cid(configuration.vsock_number)
        self._channels = self._channel_paths(session.socket_folder, index)
        self._starting = asyncio.Lock()
        self._broken_network: SwitchFailed | None = None

    @staticmethod
    def _channel_paths(folder: Path, index: int) -> ChannelPaths:
        """Return where the sockets between the driver and the machine lie."""
        return ChannelPaths.in_folder(folder, f"m{index}")

    def __repr__(self) -> str:
        return f"<machine {self.name}>"

    def log(self, msg: str | None = None) -> None:
        """Write a line to the log. Without a line, show what the machine wrote on its console.

        >>> machine.log("now comes the hard part")
        """
        if msg is not None:
            self.lines.say(msg)
            return
        # To the person who asks: the log has had it.
        sys.stdout.write(self.get_console_log())

    def nested(
        self, msg: str, attrs: Mapping[str, str] | None = None
    ) -> AbstractContextManager[Step]:
        """Make a step of the log: a heading, what happens inside, and how long it took.

        Attributes are accepted and not shown.

        >>> with machine.nested("filling the database"):
        ...     machine.succeed("fill-database")
        """
        return self.session.steps.step(msg, machine=self.name)

    def in_loop(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the driver's loop and wait for it, and check polling conditions."""
        return self.session.loop.run(self.callbacks.before(work), self.session.conditions)

    async def ensure_started(self) -> Qemu:
        """Return the running QEMU, started if the machine is off. Raises what made it go away."""
        if (qemu := self.qemu) is not None and not qemu.exit_expected:
            if error := qemu.lifeline.error():
                raise error
            if qemu.alive():
                return qemu
        return await self.start_qemu(allow_reboot=False)

    async def start_qemu(self, *, allow_reboot: bool) -> Qemu:
        """Start QEMU unless it runs already."""
        async with self._starting:
            if self.qemu is not None and self.qemu.alive():
                return self.qemu
            make_machine_folder(self.name, self.state_dir)
            self.console.new_boot()
            if warm := await self._start_warm(allow_reboot):
                return warm
            waits = held_guest.must_wait(self)
            extra = [*self._memory_arguments(), *(["-S"] if waits else [])]
            launch = await self._launch(allow_reboot=allow_reboot, extra=extra)
            self.lines.say("starting")
            self.qemu = qemu = Qemu(launch, self.console, self._on_qemu_line)
            await qemu.start()
            await held_guest.let_go(self, qemu, resume=waits)
            return self._runs(qemu)

    def _runs(self, qemu: Qemu) -> Qemu:
        """Take note that QEMU is up."""
        self.recording.follow(lambda path: dump_screen(qemu, path))
        self.lines.say(f"QEMU runs (process {qemu.process.pid})")
        tell_failure(qemu, self.lost)
        if error := self._broken_network:  # it broke before there was somebody to tell
            qemu.lifeline.cut(lambda: error)
        return qemu

    async def _start_warm(self, allow_reboot: bool) -> Qemu | None:
        """Start QEMU from the saved machine, if there is one that serves."""
        warm = self.configuration.warm_start
        if warm is None or not begins_anew(self.state_dir):
            return None
        acceleration = await self.session.acceleration()
        starter = WarmStarter(warm, self.state_dir, acceleration.accelerator)
        try:
            saved = starter.prepare()
            launch = await self._launch(allow_reboot=allow_reboot, extra=starter.arguments(saved))
            self.lines.say("starting from its saved state")
            qemu = Qemu(launch, self.console, self._on_qemu_line)
            await starter.resume(qemu, saved, partial(held_guest.let_go, self))
        except StateUnusable as error:
            self.lines.say(f"boots cold, because its saved state cannot be used: {error}")
            return None
        self.qemu = qemu
        self.trouble.began_warm()
        return self._runs(qemu)

    async def start_waiting(self, arguments: Sequence[str], *, root_console: bool) -> Qemu:
        """Start QEMU anew with the same machine, which waits for the state of the last one."""
        async with self._starting:
            allow_reboot = self.qemu is not None and self.qemu.allow_reboot
            options = {"allow_reboot": allow_reboot, "root_console": root_console}
            launch = await self._launch(extra=arguments, **options)
            self.qemu = qemu = Qemu(launch, self.console, self._on_qemu_line)
            await qemu.start()
            return qemu

    def checkpoint_folder(self, number: int) -> Path:
        """Return where a checkpoint is kept, beside the folder of the machine."""
        folder = self.state_dir
        return folder.with_name(f"{folder.name}-checkpoint{number}")

    @property
    def memory_file(self) -> Path | None:
        """Where its memory lies, if the machine can be saved."""
        return self.state_dir / "memory" if self.configuration.savable else None

    def _memory_arguments(self) -> list[str]:
        if (file := self.memory_file) is None:
            return []
        file.unlink(missing_ok=True)
        return memory_arguments(file, self.configuration.memory_mib * 2**20, shared=True)

    async def ensure_connected(self, deadline: Deadline = NEVER) -> Qemu:
        """Return the running QEMU when its guest takes commands. Raises TimeoutError."""
        return await connected_by(self, deadline)

    def connected_qemu(self, deadline: Deadline = NEVER) -> Qemu:
        """Return the running QEMU when its guest takes commands, with a step for the boot.

        Polling conditions that are due are checked first. Raises TimeoutError at the deadline.
        """
        self.session.conditions.check_due()
        if (qemu := self.qemu) is not None and qemu.alive() and qemu.takes_commands:
            return qemu
        boot = self.session.steps.budget.spend(Activity.BOOT)
        with boot, self.nested("waiting for the machine to finish booting"):
            return self.in_loop(self.ensure_connected(deadline))

    def started(self, deadline: Deadline = NEVER) -> Qemu:
        """Return the running QEMU, started if need be. Due polling conditions are checked first.

        Raises TimeoutError at the deadline.
        """
        self.session.conditions.check_due()
        return self.in_loop(started_by(self, deadline))

    def switch_failed(self, error: SwitchFailed) -> None:
        """End all waits if the machine is connected to this network."""
        if error.vlan not in self.configuration.vlans:
            return
        self._broken_network = error
        if self.qemu is not None:
            self.qemu.lifeline.cut(lambda: error)

    def lost(self, error: DriverError) -> None:
        """Take note of an unexpected end, unless a fault that the script made may be its cause."""
        self.session.losses.note(error, self.name, provoked=may_be_provoked(self, error))

    async def end(self) -> None:
        """Stop QEMU for good. It never raises."""
        await self.recording.stop()
        if self.qemu is not None:
            await self.qemu.quit()

    async def _launch(self, *, extra: Sequence[str], **options: bool) -> QemuLaunch:
        return await launch_of(self, self._channels, self._environment(), extra=extra, **options)

    def _environment(self) -> dict[str, str]:
        """Return the variables that a start script finds."""
        vlans = self.configuration.vlans
        return start_environment(self.session, vlans, self.state_dir, self.efi_store)

    def show_console_line(self, line: str) -> None:
        """Log a line of the console, on the terminal only if that is wanted."""
        self.lines.say(line, console=True, only_in_files=not self.session.console_echo.on)

    def _on_console_line(self, line: str) -> None:
        self.show_console_line(line)
        self.trouble.console_line(line)
        if PANIC_TEXT in line and self.qemu is not None:
            self.qemu.panic_seen(line)

    def _on_late_stderr(self, line: str) -> None:
        self.show_console_line(line)
        self.trouble.output(line.encode())

    def _on_qemu_line(self, line: str) -> None:
        self.lines.say(f"QEMU: {line}")
