"""The module of NixOS, and the units of systemd, for a host that hands out memory to its tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.eval.evaluation import SOURCE, TREE, evaluate_nixos, refusal_nixos

nixos = pytest.mark.skipif(TREE is None, reason="NIXPKGS_TREE names no nixpkgs tree")
UNITS = Path(SOURCE) / "contrib/systemd"
SOCKET = {
    "ListenStream": "/run/rehearse/admission.socket",
    "SocketMode": "0666",
    "DirectoryMode": "0755",
}
HOST = f"""
  host = settings: (import {TREE}/nixos/lib/eval-config.nix {{
    system = "x86_64-linux";
    modules = [
      {SOURCE}/modules/host/admission.nix
      {{ services.rehearse-admission = settings; }}
    ];
  }}).config;
"""


def _unit(kind: str) -> dict[str, str]:
    lines = (UNITS / f"rehearse-admission.{kind}").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and line[0] != "#")


def test_other_hosts_have_the_socket_that_drivers_look_for() -> None:
    socket = _unit("socket")
    assert socket.items() >= SOCKET.items()
    assert socket["WantedBy"] == "sockets.target"


@nixos
@pytest.mark.timeout(400)
def test_a_host_of_nixos_hands_out_what_it_is_told() -> None:
    found = evaluate_nixos(
        f"let {HOST} c = host {{ enable = true; memory = 3072; cores = 4; }};"
        " u = c.systemd.services.rehearse-admission; s = c.systemd.sockets.rehearse-admission; in"
        " [ (lib.removePrefix ''${c.services.rehearse-admission.package}''"
        " u.serviceConfig.ExecStart) (lib.mapAttrs (_: toString) (removeAttrs u.serviceConfig"
        " [ ''ExecStart'' ])) s.socketConfig s.wantedBy c.nix.settings.extra-sandbox-paths ]"
    )
    assert isinstance(found, list)
    command, service, socket, wanted, paths = found
    assert command == "/bin/rehearse tokens --memory 3072 --cores 4"
    assert (socket, wanted, paths) == (SOCKET, ["sockets.target"], ["/run/rehearse?"])
    # Other hosts have the same service, besides its quota and where the program is.
    other = {key: "1" if text == "yes" else text for key, text in _unit("service").items()}
    own = {"Description", "Requires", "Environment", "EnvironmentFile", "ExecStart"}
    assert service == {key: text for key, text in other.items() if key not in own}


@nixos
@pytest.mark.timeout(400)
def test_a_host_that_does_not_enable_it_is_what_it_was() -> None:
    found = evaluate_nixos(
        f"let {HOST} c = host {{ }}; in [ (c.systemd.services ? rehearse-admission)"
        " (c.systemd.sockets ? rehearse-admission)"
        " (lib.elem ''/run/rehearse?'' (c.nix.settings.extra-sandbox-paths or [ ])) ]"
    )
    assert found == [False, False, False]


@nixos
@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("cores = 1;", "`services.rehearse-admission.memory' was accessed but has no value"),
        (
            "memory = 0; cores = 1;",
            "`services.rehearse-admission.memory' is not of type `positive integer",
        ),
    ],
    ids=["no memory", "memory of nothing"],
)
def test_a_wrong_setting_is_refused(settings: str, message: str) -> None:
    assert message in refusal_nixos(
        f"let {HOST} in (host {{ enable = true; {settings} }})"
        ".systemd.services.rehearse-admission.serviceConfig.ExecStart"
    )
