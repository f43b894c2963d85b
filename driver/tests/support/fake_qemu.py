"""Stands in for QEMU and for the guest in it: a small program that speaks both JSON protocols.

Commands of the "guest" really run, on this host, but for those that would switch it off: they are
recognised and acted upon here, and never reach a shell. Signals make things happen to the machine:
SIGUSR1 is a kernel panic, SIGUSR2 the death of the guest agent, which comes back at once. SIGQUIT
makes the agent deaf. SIGRTMIN and its successors are the faults in FAULTS.
"""

import asyncio
import base64
import contextlib
import json
import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))  # it runs as a program of its own

from tests.support.fake_disks import FakeDisks
from tests.support.fake_migration import FakeMigration
from tests.support.fake_port import (
    FakePort,
    guarded_programs,
    plug_in_console,
    resume_shells,
    start_program,
)
from tests.support.fake_requests import requests
from tests.support.fake_shell_port import FakeShellPorts, listening

SPOOL = "/run/test-driver"  # where the driver wants its files in a guest
MODES = {"r": "rb", "w": "wb", "w+": "wb+", "r+": "rb+"}
FAULTS = ("triple fault", "watchdog", "bad disk", "pause", "garbage", "deaf monitor")
POWER_OFF = signal.SIGRTMIN + len(FAULTS)
REBOOT = POWER_OFF + 1
Arguments = dict[str, Any]


class FakeError(Exception):
    """A refusal, as the protocols send it."""


async def console_pipes(path: str) -> tuple[asyncio.StreamReader, asyncio.WriteTransport]:
    """Open QEMU's ends of the console."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    typed = os.fdopen(os.open(f"{path}.in", os.O_RDWR | os.O_NONBLOCK), "r+b", buffering=0)
    written = os.fdopen(os.open(f"{path}.out", os.O_WRONLY | os.O_NONBLOCK), "wb", buffering=0)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), typed)
    transport, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, written)
    return reader, transport


class FakeQemu:
    """The machine."""

    def __init__(
        self, sockets: dict[str, str], *, exit_at_reboot: bool, incoming: bool = False
    ) -> None:
        self.sockets = sockets
        self.incoming = incoming
        self.migration = FakeMigration()
        self.exit_at_reboot = exit_at_reboot
        self.ended = asyncio.Event()
        self.deaf = False
        self.status = "running"
        self.files: dict[int, Any] = {}
        self.children: dict[int, asyncio.subprocess.Process] = {}
        self.forgotten: list[object] = []  # children of agents that have ended
        self.agents: set[asyncio.StreamWriter] = set()
        self.agent_open = asyncio.Event()
        self.ports: dict[str, FakePort] = {}
        self.shells = FakeShellPorts()
        self.disks = FakeDisks()
        self.resuming: asyncio.Future[None] | None = None

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, self.panic)
        loop.add_signal_handler(signal.SIGUSR2, self.lose_agent)
        loop.add_signal_handler(signal.SIGQUIT, self.turn_deaf)
        loop.add_signal_handler(signal.SIGTERM, self.power_off, "host-signal")
        loop.add_signal_handler(POWER_OFF, self.soon, self.power_off)
        loop.add_signal_handler(REBOOT, self.soon, self.reboot)
        guarded_programs(POWER_OFF, REBOOT)
        for offset, fault in enumerate(FAULTS):
            loop.add_signal_handler(signal.SIGRTMIN + offset, self.fault, fault)
        server = await asyncio.start_unix_server(self.serve_agent, self.sockets["agent"])
        for name in (f"test-driver-{name}" for name in self.sockets if name.startswith("shell")):
            self.ports[name] = FakePort(name, self.sockets[name.removeprefix("test-driver-")])
        if "--no-agent" in sys.argv:
            self.refusals = [asyncio.ensure_future(port.refuse()) for port in self.ports.values()]
        typed, self.console = await console_pipes(self.sockets["console"])
        plug_in_console(self.console.get_extra_info("pipe").fileno())
        self.echo = asyncio.ensure_future(self.echo_console(typed))
        if "root-console" in self.sockets:
            self.shells.add_console(listening(self.sockets["root-console"]))
        reader, self.monitor = await asyncio.open_unix_connection(self.sockets["monitor"])
        monitor = asyncio.ensure_future(self.serve_monitor(reader))
        self.boot()
        await self.ended.wait()
        monitor.cancel()
        self.echo.cancel()
        server.close()

    def boot(self) -> None:
        if self.incoming:
            return
        self.write("Linux version 6.12 (fake)\r\nBooting \x1b[1mcolourfully\x1b[0m\r\nlogin: ")
        self.agent_open.set()

    async def echo_console(self, typed: asyncio.StreamReader) -> None:
        while data := await typed.read(1 << 16):
            self.console.write(data.replace(b"\n", b"\r\n"))

    def write(self, text: str) -> None:
        self.console.write(text.encode())

    def event(self, name: str, **data: object) -> None:
        self.send(self.monitor, {"event": name, "data": data, "timestamp": {}})

    def panic(self) -> None:
        self.write("\r\nKernel panic - not syncing: told to\r\n")
        self.event("GUEST_PANICKED", action="run")

    def fault(self, fault: str) -> None:
        match fault:
            case "triple fault":
                self.reset()
            case "watchdog":
                self.event("WATCHDOG", action="pause")
                self.stop("watchdog")
            case "bad disk":
                reason = "No space left on device"
                self.event("BLOCK_IO_ERROR", device="root", operation="write", reason=reason)
                self.stop("io-error")
            case "pause":
                self.stop("paused")
            case "garbage":
                self.monitor.write(b'{"return": \xff\x00[}\n')
            case "deaf monitor":
                self.monitor.close()

    def stop(self, status: str) -> None:
        self.status = status
        self.event("STOP")

    def soon(self, act: Callable[[], None]) -> None:
        asyncio.get_running_loop().call_later(0.05, act)

    def lose_agent(self) -> None:
        self.event("VSERPORT_CHANGE", id="test-driver-agent", open=False)
        self.forgotten, self.children = [*self.forgotten, self.children], {}
        for writer in self.agents:
            writer.close()

    def turn_deaf(self) -> None:
        self.deaf = True
        self.write("deaf from now on\r\n")

    def reset(self) -> None:
        if self.exit_at_reboot:
            self.event("SHUTDOWN", guest=True, reason="guest-reset")
            self.ended.set()
            return
        self.lose_agent()
        self.event("RESET", guest=True, reason="guest-reset")
        self.shells.boot()
        self.boot()

    def reboot(self) -> None:
        self.write("\r\nreboot: Restarting system\r\n")
        self.reset()

    def power_off(self, reason: str = "guest-shutdown") -> None:
        self.event("SHUTDOWN", guest=reason.startswith("guest"), reason=reason)
        self.ended.set()

    def send(self, writer: asyncio.StreamWriter, message: object) -> None:
        writer.write(json.dumps(message).encode() + b"\n")

    async def serve_monitor(self, reader: asyncio.StreamReader) -> None:
        version = {"qemu": {"major": 10, "minor": 0, "micro": 0}, "package": "fake"}
        self.send(self.monitor, {"QMP": {"version": version, "capabilities": []}})
        async for request, _ in requests(reader):
            self.answer(self.monitor, request, self.monitor_command)

    def monitor_command(self, command: str, arguments: Arguments) -> object:
        if self.disks.know(command, arguments):
            return self.disks.command(command, arguments)
        match command:
            case "qmp_capabilities" | "migrate-set-capabilities" | "migrate-set-parameters":
                pass
            case "quit" | "system_powerdown":
                asyncio.get_running_loop().call_later(0.01, self.power_off)
            case "query-status":
                return {"status": self.status, "running": self.status == "running"}
            case "stop" | "cont":
                self.disks.note(command, {})
                self.status = "paused" if command == "stop" else "running"
            case "query-version":
                return {"qemu": {"major": 10, "minor": 0, "micro": 0}, "package": "fake"}
            case "query-cpus-fast":
                return [{"qom-path": "/cpu"}]
            case "qom-get":
                return {"/machine": "fake-machine", "/cpu": "fake-cpu"}[arguments["path"]]
            case "query-memdev":
                return [{"id": "pc.ram"}]
            case "migrate":
                self.migration.save(arguments["uri"])
            case "migrate-incoming":
                self.load(arguments["uri"])
            case "query-migrate":
                return self.migration.status
            case "set-action":
                self.exit_at_reboot = arguments["reboot"] == "shutdown"
            case "send-key":
                asyncio.get_running_loop().call_later(0.01, self.reset)
            case _ if re.match("chardev-|device_|object-", command):
                self.shells.command(command, arguments)
            case "screendump":
                screen = Path("shown.png")
                picture = screen.read_bytes() if screen.exists() else b"\x89PNG"
                Path(arguments["filename"]).write_bytes(picture)
            case "input-send-event":
                with open("keys", "a") as file:
                    file.write(json.dumps(arguments["events"]) + "\n")
            case "set_link":
                with open("links", "a") as file:
                    file.write(json.dumps(arguments) + "\n")
            case "human-monitor-command":
                return self.human_command(*arguments["command-line"].split())
            case _:
                raise FakeError(f"The command {command} has not been found")
        return {}

    def load(self, uri: str) -> None:
        """Go on from a state, with the shells that it has."""
        self.migration.load(uri)
        if "--no-shells" not in sys.argv:
            shells = resume_shells(self.ports, helper="--no-helper" not in sys.argv)
            self.resuming = asyncio.ensure_future(shells)

    def human_command(self, name: str, *tokens: str) -> str:
        """Answer as the monitor for people does. `event` makes one."""
        match name, *tokens:
            case "qemu-io", *_:
                return self.disks.qemu_io(tokens)
            case "i", "/b", "0x64":  # the status of the keyboard's controller
                return Path("i8042").read_text() if Path("i8042").exists() else "unknown command"
            case "info", "status":
                return "VM status: running\r\n"
            case "info", "registers":
                return "RIP=ffffffff81000000\r\n"
            case "info", "network":
                cards = Path("cards")
                return cards.read_text().replace("\n", "\r\n") if cards.exists() else ""
            case "hostfwd_add", rule:
                return f"Could not set up host forwarding rule '{rule}'\r\n"
            case "stop-reading", *_:
                self.echo.cancel()
                return ""
            case ("quit",):
                self.soon(lambda: self.power_off("host-qmp-quit"))
                return ""
            case "failing", operation:
                for _ in range(3):
                    fault = {"operation": operation, "reason": "Invalid argument"}
                    self.event("BLOCK_IO_ERROR", device="root", action="report", **fault)
                return ""
            case "event", *names:
                for event in names:
                    self.event(event)
                return ""
        return f"unknown command: '{name}'\r\n"

    def answer(self, writer: asyncio.StreamWriter, request: Arguments, serve: Any) -> None:  # noqa: ANN401
        reply: Arguments = {"id": request["id"]} if "id" in request else {}
        try:
            reply["return"] = serve(request["execute"], request.get("arguments", {}))
        except (FakeError, KeyError, OSError) as error:
            reply["error"] = {"class": "GenericError", "desc": str(error)}
        self.send(writer, reply)

    async def serve_agent(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.agents.add(writer)
        if "--no-agent" in sys.argv:
            return
        try:
            async for request, read_ahead in requests(reader, self.reproach(writer)):
                # The real agent does what it is asked, but its answer is lost.
                if self.deaf or read_ahead:
                    continue
                if request["execute"] == "guest-sync-delimited":
                    writer.write(b"\xff")
                if request["execute"] == "guest-exec":
                    await self.start_child(writer, request)
                else:
                    self.answer(writer, request, self.agent_command)
        except ConnectionError:
            pass
        finally:
            self.agents.discard(writer)
            writer.close()

    def reproach(self, writer: asyncio.StreamWriter) -> Callable[[], None]:
        """Complain about the byte that ends a request, as the real agent does."""
        return lambda: self.send(writer, {"error": {"class": "GenericError", "desc": "Invalid"}})

    async def start_child(self, writer: asyncio.StreamWriter, request: Arguments) -> None:
        arguments = request["arguments"]
        tokens = [token.replace(SPOOL, f"{os.getcwd()}/spool") for token in arguments["arg"]]
        text = " ".join(tokens)
        stdin = base64.b64decode(arguments.get("input-data", "")).decode()
        command = f"{text} {stdin}"
        if re.search(r"\b(poweroff|reboot|shutdown)\b", command):
            act = self.power_off if "poweroff" in command else self.reboot
            self.soon(act)
            tokens, arguments["path"] = [], "true"
        if self.shells.wanted(text):
            self.send(writer, {"return": {"pid": self.shells.start(text)}, "id": request["id"]})
            return
        child = await start_program([arguments["path"], *tokens], arguments, self.ports)
        self.children[child.pid] = child
        self.send(writer, {"return": {"pid": child.pid}, "id": request["id"]})

    def agent_command(self, command: str, arguments: Arguments) -> object:
        match command:
            case "guest-sync-delimited":
                return arguments["id"]
            case "guest-ping":
                return {}
            case "guest-exec-status":
                return self.exec_status(arguments["pid"])
            case "guest-file-open":
                path = arguments["path"].replace(SPOOL, f"{os.getcwd()}/spool")
                file = open(path, MODES[arguments["mode"]], buffering=0)
                self.files[file.fileno()] = file
                return file.fileno()
            case "guest-file-read":
                data = self.files[arguments["handle"]].read(arguments["count"])
                text = base64.b64encode(data).decode()
                eof = len(data) < arguments["count"]
                return {"count": len(data), "buf-b64": text, "eof": eof}
            case "guest-file-write":
                data = base64.b64decode(arguments["buf-b64"])
                return {"count": self.files[arguments["handle"]].write(data), "eof": False}
            case "guest-file-flush":
                return {}
            case "guest-file-close":
                self.files.pop(arguments["handle"]).close()
                return {}
        raise FakeError(f"The command {command} has not been found")

    def exec_status(self, pid: int) -> object:
        if pid not in self.children:
            raise FakeError(f"PID {pid} does not exist")
        code = self.children[pid].returncode
        if code is None:
            return {"exited": False}
        return {"exited": True, **({"exitcode": code} if code >= 0 else {"signal": -code})}


def sockets(arguments: list[str]) -> dict[str, str]:
    """Find the sockets and pipes in the arguments that the driver gives to QEMU."""
    found = re.findall(
        r"(?:pipe|socket),id=test-driver-([\w-]+),path=([^, ]+)", " ".join(arguments)
    )
    return dict(found)


def main() -> None:
    """Be a machine until it is switched off."""
    arguments = sys.argv[1:]
    if "--break" in arguments:
        sys.exit("fake: no such machine type")
    if "--mute" in arguments:
        signal.pause()
    if memory := re.search(r"mem-path=([^,]+),share=on", " ".join(arguments)):
        Path(memory[1]).write_bytes(bytes(4096) + b"m" * 4096 + bytes(8192))
    if not (disk := Path("root.qcow2")).exists():
        disk.write_text("a new disk")
    os.write(1, b"fake QEMU starts\n")
    with contextlib.suppress(KeyboardInterrupt):
        machine = FakeQemu(
            sockets(arguments),
            exit_at_reboot="-no-reboot" in arguments,
            incoming="-incoming" in arguments,
        )
        asyncio.run(machine.run())


if __name__ == "__main__":
    main()
