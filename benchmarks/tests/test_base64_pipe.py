"""The protocol that commands are compared with, against a real bash."""

import socket
import subprocess
from pathlib import Path

from rehearse_bench.base64_pipe import connect


def test_commands_run_with_their_status_and_their_output(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(tmp_path / "s"))
        listener.listen(1)
        unconnected = connect(tmp_path / "s")
        console, _ = listener.accept()
    end = console.fileno()
    with console:
        console.sendall(b"Spawning backdoor root shell...\n")
        with subprocess.Popen(["bash", "--norc"], stdin=end, stdout=end) as shell:
            with unconnected as pipe:
                assert pipe.run("echo it\\'s; echo $((6 * 7))") == (0, b"aXQncwo0Mgo=")
                assert pipe.run("false | true") == (1, b"")
                assert pipe.run("exit 3") == (3, b"")
            console.shutdown(socket.SHUT_RDWR)
            shell.wait(10)
