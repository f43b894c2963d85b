"""What `config` and `driverConfiguration` of a test are, for machines of both kinds."""

from __future__ import annotations

import pytest

from tests.eval.evaluation import (
    SOURCE,
    TREE,
    evaluate,
    evaluate_nixos,
    evaluate_with_warnings,
    refusal,
)

TEST = """(runTest { name = "t"; nodes.b = { memorySize = 300; vlans = [ 12 3 ]; };
  nodes.a.vlans = [ 7 3 ]; testScript = "pass"; globalTimeout = 90; failOn = [ "oom" ];
  sshBackdoor.enable = true; extraDriverArgs = [ "--verbose" ]; %s })"""
PLAIN = TEST % ""


def test_config_has_the_options_with_their_values() -> None:
    wanted = (
        "{ inherit (c) name acceleration compatibility debugHookTimeout enableDebugHook enableOCR"
        " extraDriverArgs failOn globalTimeout interactive keepFailures meta passthru skipLint"
        " skipTypeCheck sshBackdoor testScript; }"
    )
    value, said = evaluate_with_warnings(f"let c = {PLAIN}.config; in {wanted}")
    assert value == {
        "acceleration": "prefer",
        "compatibility": "rehearse",
        "debugHookTimeout": 3600,
        "enableDebugHook": False,
        "enableOCR": False,
        "extraDriverArgs": ["--verbose"],
        "failOn": ["oom"],
        "globalTimeout": 90,
        "interactive": {},
        "keepFailures": False,
        "meta": {},
        "name": "t",
        "passthru": {},
        "skipLint": False,
        "skipTypeCheck": False,
        "sshBackdoor": {"enable": True},
        "testScript": "pass",
    }
    assert "deprecated" not in said


def test_config_has_every_option_of_the_data() -> None:
    names = "builtins.attrNames (import SOURCE/lib/options/test).debian".replace(
        "SOURCE", str(SOURCE)
    )
    missing = (
        f"builtins.filter (name: !({PLAIN}.config ?"
        " ${builtins.head (builtins.match ''([^.]*).*'' name)}))"
    )
    assert evaluate(f"{missing} ({names})") == []


def test_config_has_the_nodes_with_their_defaults() -> None:
    found = evaluate(
        f"let n = {PLAIN}.config.nodes; in [ (builtins.attrNames n) n.b.memorySize n.a.memorySize"
        " n.a.rootFilesystem n.b.networking.primaryIPAddress ]"
    )
    assert found == [["a", "b"], 300, 512, "overlay", "192.168.12.2"]


def test_the_script_is_there_as_given_and_as_text() -> None:
    test = (
        'runTest { name = "t"; nodes.a = { }; testScript = { nodes }:'
        ' "# ${nodes.a.networking.hostName}"; }'
    )
    assert evaluate(
        f"let c = ({test}).config; in [ (builtins.isFunction c.testScript) c.testScriptString"
        " c.testScriptSource ]"
    ) == [True, "# a", None]


def test_the_document_is_the_drivers_configuration() -> None:
    document = evaluate(f'removeAttrs {PLAIN}.driverConfiguration [ "acceleration" ]')
    assert isinstance(document, dict)
    machines = document.pop("machines")
    # The same path in all versions: drivers of different ones see one another's claims.
    assert document.pop("admission") == {
        "ledger": "/nix/store/sfk5w4dx4vq4dgcrmca0fl7mrvn3wmnp-rehearse-admission-1",
        "overhead_mib": 256,
    }
    assert document == {
        "compatibility": "rehearse",
        "fail_on": ["oom"],
        "global_timeout_seconds": 90,
        "name": "t",
        "schema_version": 1,
        "vlans": [3, 7, 12],
    }
    assert machines["b"]["memory_mib"] == 300
    assert evaluate(f"{PLAIN}.config.driverConfiguration == {PLAIN}.driverConfiguration") is True
    same = f"{PLAIN}.driver.configuration == builtins.toJSON {PLAIN}.driverConfiguration"
    assert evaluate(same) is True


# What it was read from: the value, and what to write now.
MOVED: dict[str, tuple[object, str]] = {
    "fail_on": (["oom"], "config.failOn"),
    "global_timeout_seconds": (90, "config.globalTimeout"),
    "schema_version": (1, "driverConfiguration.schema_version"),
    "test_script": ("pass", "config.testScriptString"),
    "test_script_source": (None, "config.testScriptSource"),
    "vlans": ([3, 7, 12], "driverConfiguration.vlans"),
}


@pytest.mark.parametrize("name", MOVED)
def test_what_config_had_before_is_there_with_a_warning(name: str) -> None:
    value, instead = MOVED[name]
    found, said = evaluate_with_warnings(f"{PLAIN}.config.{name}")
    assert found == value
    assert (
        f"rehearse: test `t`: `config.{name}` is deprecated: `config` has the options of the test."
        f" Write `{instead}`." in said
    )
    assert evaluate(f"{PLAIN}.{instead}") == value


def test_machines_and_tesseract_are_there_with_a_warning() -> None:
    found, said = evaluate_with_warnings(f"{PLAIN}.config.machines.b.memory_mib")
    assert found == 300
    assert "Write `driverConfiguration.machines`." in said
    reading = TEST % "enableOCR = true;"
    found, said = evaluate_with_warnings(f"{reading}.config.tesseract")
    assert str(found).endswith("/bin/tesseract")
    assert "Write `driverConfiguration.tesseract`." in said
    assert evaluate(f"{PLAIN}.config ? tesseract") is False


def test_an_attribute_that_the_document_does_not_know_is_refused() -> None:
    writer = f"(import {SOURCE}/lib/shared/driver-configuration.nix)"
    for kind, known in (
        ("machine", "vlans"),
        ("variant", "values"),
        ("limits", "cores"),
        ("test", "globalTimeout"),
    ):
        said = refusal(f"{writer}.{kind} {{ memroy = 1; {known} = null; }}")
        message = f"the driver's configuration of a {kind} has no attribute `memroy`; it has "
        assert message in said
        assert known in said[said.index(message) :]


def test_only_one_file_knows_the_keys_of_the_document() -> None:
    found = [
        str(path.relative_to(SOURCE))
        for folder in ("lib", "modules")
        for path in (SOURCE / folder).rglob("*.nix")
        if any(key in path.read_text() for key in ("schema_version", "start_command", "memory_mib"))
    ]
    assert sorted(found) == [
        "lib/debian/test-config.nix",
        "lib/shared/driver-configuration.nix",
        "lib/shared/resources.nix",  # it adds up what the document says
    ]


@pytest.mark.skipif(TREE is None, reason="NIXPKGS_TREE names no nixpkgs tree")
@pytest.mark.timeout(400)
def test_a_test_of_nixos_machines_has_both() -> None:
    assert evaluate_nixos(
        "let t = runTest { nodes.a = { }; globalTimeout = 90; }; d = t.driverConfiguration;"
        " in [ t.config.globalTimeout d.global_timeout_seconds d.vlans d.machines.a.memory_mib"
        " (d ? test_script) (t.config.driverConfiguration == d)"
        " (t.config.driverConfigurationText == builtins.toJSON d) ]"
    ) == [90, 90, [1], 1024, False, True, True]
