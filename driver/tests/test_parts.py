"""Small parts: retrying, sockets, QEMU's arguments, error texts, public names."""

import asyncio
import inspect
import socket
import tempfile
from pathlib import Path

import pytest

import test_driver
from test_driver.backend.qemu.arguments import ChannelPaths, qemu_arguments
from test_driver.driver_methods import DriverMethods
from test_driver.error_text import exit_text, tail
from test_driver.errors import SeveralErrors, WaitTimedOut
from test_driver.loop import LoopThread
from test_driver.machine import NspawnMachine, QemuMachine
from test_driver.public_names import public_members
from test_driver.retrying import retry
from test_driver.sockets import Listener, make_socket_folder


def test_the_public_names_are_these() -> None:
    assert test_driver.__all__ == [
        "BaseMachine",
        "Configuration",
        "Deadline",
        "Driver",
        "NspawnMachine",
        "QemuMachine",
        "Script",
        "load_configuration",
        "retry",
    ]
    assert all(hasattr(test_driver, name) for name in test_driver.__all__)


@pytest.mark.parametrize("kind", [QemuMachine, NspawnMachine, DriverMethods])
def test_every_method_for_scripts_has_a_manual_with_an_example(kind: type) -> None:
    found = [one for owner in inspect.getmro(kind) for one in public_members(owner)]
    methods = [(name, member) for name, member in found if not isinstance(member, property)]
    assert len(methods) > 10
    for name, member in methods:
        assert ">>> " in (inspect.getdoc(member) or ""), name


def test_retry_calls_until_it_is_true() -> None:
    calls: list[bool] = []

    def third(last: bool) -> bool:
        calls.append(bool(last))
        return len(calls) == 3

    retry(third, timeout=10)
    assert calls == [False, False, False]


def test_retry_tries_a_last_time_and_gives_up() -> None:
    calls: list[bool] = []

    def never(last: bool) -> bool:
        calls.append(bool(last))
        return False

    with pytest.raises(WaitTimedOut, match=r"after 0\.2 s waiting for a retried action to s"):
        retry(never, timeout_seconds=0.2)
    assert calls[-1] is True
    assert not any(calls[:-1])


def test_retry_takes_one_timeout() -> None:
    with pytest.raises(TypeError, match="give `timeout` or `timeout_seconds`, not both"):
        retry(lambda last: True, timeout_seconds=1, timeout=1)


def test_sockets_have_short_paths_wherever_temporary_files_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    folder = make_socket_folder()
    paths = ChannelPaths.in_folder(folder, "m99")
    assert all(len(str(path)) < 100 for path in (paths.monitor, paths.console, paths.agent))
    assert list(deep.iterdir()) == []
    folder.rmdir()


def test_a_connection_that_nobody_took_is_closed(loop: LoopThread, tmp_path: Path) -> None:
    async def run() -> bytes:
        listener = Listener(tmp_path / "socket")
        with pytest.raises(RuntimeError, match="nothing has connected to"):
            listener.take()
        with socket.socket(socket.AF_UNIX) as client:
            client.setblocking(False)
            await asyncio.get_running_loop().sock_connect(client, str(tmp_path / "socket"))
            await listener.accept()
            listener.close()
            return await asyncio.get_running_loop().sock_recv(client, 1)

    assert loop.run(run()) == b""
    assert not (tmp_path / "socket").exists()


def test_qemu_is_told_of_its_channels() -> None:
    paths = ChannelPaths.in_folder(Path("/a,b"), "m0")
    arguments = qemu_arguments(paths, accelerator="kvm", allow_reboot=False)
    text = " ".join(arguments)
    assert "-machine accel=kvm" in text
    assert "path=/a,,b/m0.agent,server=on,wait=off" in text
    assert "name=org.qemu.guest_agent.0" in text
    assert "-action panic=none" in text
    assert arguments[-1] == "-no-reboot"
    assert "-no-reboot" not in qemu_arguments(paths, accelerator="tcg", allow_reboot=True)


def test_exit_codes_are_told_in_words() -> None:
    assert exit_text(3) == "exit status 3"
    assert exit_text(-9) == "killed by SIGKILL"
    assert exit_text(-63) == "killed by signal 63"


def test_a_tail_says_what_it_leaves_out() -> None:
    assert tail("a\nb\n") == "a\nb"
    assert tail("a\nb\nc\n", lines=2) == "[1 lines left out]\nb\nc"


def test_several_errors_are_told_together() -> None:
    error = SeveralErrors([ValueError("one"), ValueError("two")])
    assert str(error) == "one\ntwo"
