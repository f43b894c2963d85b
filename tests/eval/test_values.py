"""What evaluation gives: names and addresses by nixpkgs' rules, and what depends on what."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.eval.evaluation import SOURCE, evaluate, refusal

NETWORK = """
(runTest {
  name = "t";
  nodes = { zeta = { }; alpha.vlans = [ 2 1 ]; mid.vlans = [ ]; };
  testScript = { nodes }: "# ${nodes.alpha.networking.primaryIPAddress}";
})
"""


def _test(nodes: str = "", script: str = "pass") -> str:
    """Write a test of machines a and b, further nodes, and a script, as a Nix expression."""
    return (
        f'(runTest {{ name = "t"; nodes = {{ a = {{ }}; b = {{ }}; {nodes} }};'
        f' testScript = "{script}"; }})'
    )


def test_numbers_follow_the_alphabet() -> None:
    assert evaluate(f"builtins.mapAttrs (_: n: n.networking.number) {NETWORK}.nodes") == {
        "alpha": 1,
        "mid": 2,
        "zeta": 3,
    }


def test_addresses_follow_vlan_and_number() -> None:
    assert evaluate(f"{NETWORK}.nodes.alpha.networking.interfaces") == [
        {
            "name": "eth1",
            "vlan": 2,
            "mac": "52:54:00:12:02:01",
            "ipv4": "192.168.2.1",
            "ipv6": "2001:db8:2::1",
        },
        {
            "name": "eth2",
            "vlan": 1,
            "mac": "52:54:00:12:01:01",
            "ipv4": "192.168.1.1",
            "ipv6": "2001:db8:1::1",
        },
    ]
    assert evaluate(f"{NETWORK}.nodes.mid.networking.interfaces") == []


def test_script_may_ask_for_the_nodes() -> None:
    assert evaluate(f"{NETWORK}.config.testScriptString") == "# 192.168.2.1"


def test_configuration_has_what_the_driver_reads() -> None:
    configuration = evaluate(f'removeAttrs {NETWORK}.driverConfiguration [ "acceleration" ]')
    assert isinstance(configuration, dict)
    assert configuration["schema_version"] == 1
    assert configuration["vlans"] == [1, 2]
    assert configuration["machines"]["alpha"]["vlans"] == [2, 1]
    assert configuration["machines"]["alpha"]["memory_mib"] == 512


def test_script_changes_nothing_but_the_test() -> None:
    for part in ("nodes.a.vm.drvPath", "nodes.b.vm.drvPath"):
        assert evaluate(f"{_test()}.{part} == {_test(script='print(1)')}.{part}") is True
    assert evaluate(f"{_test()}.drvPath == {_test(script='print(1)')}.drvPath") is False


@pytest.mark.parametrize("part", ["initrd", "kernel", "readOnly", "writable"])
def test_another_node_changes_no_image(part: str) -> None:
    without = f"{_test()}.nodes.b.vm.{part}"
    beside = f"{_test('aa = { };')}.nodes.b.vm.{part}"
    assert evaluate(f"{without} == {beside}") is True


def test_nodes_with_the_same_packages_share_their_image() -> None:
    test = _test('c.files."/x" = "x"; d.packages = [ "curl" ];')

    def image(node: str) -> str:
        pattern = '"modules=[^ ]* packages=([^ ]*).*"'
        return f"builtins.head (builtins.match {pattern} {test}.nodes.{node}.vm.readOnly)"

    assert evaluate(f"{image('a')} == {image('c')}") is True
    assert evaluate(f"{image('a')} == {image('d')}") is False


def test_only_a_test_that_reads_screens_has_what_it_takes() -> None:
    plain = '(runTest { name = "t"; nodes.a = { }; testScript = ""; })'
    reading = plain.replace("nodes.a", "enableOCR = true; nodes.a")
    assert evaluate(f"{plain}.driverConfiguration ? tesseract") is False
    assert str(evaluate(f"{reading}.driverConfiguration.tesseract")).endswith(
        "-tools/bin/tesseract"
    )
    # Its machines are the same.
    assert evaluate(f"{plain}.nodes.a.vm.drvPath == {reading}.nodes.a.vm.drvPath") is True
    names = "builtins.attrNames (builtins.getContext text)"
    depends = f'text: builtins.match ".*recognition.*" (toString ({names})) != null'
    assert evaluate(f"({depends}) {plain}.driver.configuration") is False
    assert evaluate(f"({depends}) {reading}.driver.configuration") is True


def test_a_test_that_keeps_failures_is_a_small_derivation_over_its_report() -> None:
    plain = '(runTest { name = "t"; nodes.a = { }; testScript = ""; })'
    keeping = plain.replace("nodes.a", "keepFailures = true; nodes.a")
    assert evaluate(f"{plain}.report.drvPath == {keeping}.report.drvPath") is True
    assert evaluate(f"{keeping} ? driver") is True
    depends = "builtins.attrNames (builtins.getContext test.report.outPath)"
    assert evaluate(f"let test = {keeping}; in {depends} == [ test.report.drvPath ]") is True
    assert evaluate(f"{plain}.test ? report") is False
    assert evaluate(f"{keeping}.test.name == {plain}.test.name") is True


def test_arguments_for_the_driver_are_split_for_a_shell() -> None:
    given = 'extraDriverArgs = [ "-v" "it\'s" ]; nodes.a'
    test = '(runTest { name = "t"; nodes.a = { }; testScript = ""; })'.replace("nodes.a", given)
    assert str(evaluate(f"{test}.flags")).strip() == "'-v' 'it'\\''s'"
    assert str(evaluate(f"{test}.driverInteractive.flags")).endswith(" --interactive")


def test_a_screen_is_recorded_when_there_is_one_or_it_is_asked_for() -> None:
    test = _test(
        'c.graphics = true; d.recordScreen = "always"; e = { graphics = true; '
        'recordScreen = "never"; };'
    )
    found = f"builtins.mapAttrs (_: m: m.record_screen) {test}.driverConfiguration.machines"
    assert evaluate(found) == {
        "a": "never",
        "b": "never",
        "c": "on-failure",
        "d": "always",
        "e": "never",
    }


def test_power_cuts_are_told_to_the_driver_and_change_no_snapshot() -> None:
    test = _test("c.warmStart = true; d = { warmStart = true; powerCuts = true; };")
    machines = f"{test}.driverConfiguration.machines"
    assert evaluate(f"builtins.mapAttrs (_: m: m.power_cuts) {machines}") == {
        "a": False,
        "b": False,
        "c": False,
        "d": True,
    }
    folder = "{0}.c.warm_start.folder == {0}.d.warm_start.folder"
    assert evaluate(folder.format(machines)) is True


def test_one_snapshot_serves_nodes_of_one_definition() -> None:
    expression = (
        "builtins.mapAttrs (_: m: m.warm_start.folder or null)"
        ' (runTest { name = "t"; testScript = ""; nodes = rec {'
        '  plain = { }; a = { warmStart = true; files."/m" = "x"; };'
        "  b = a // { vlans = [ 7 ]; }; c = a // { memorySize = 600; };"
        '  d = a // { warmStart.condition = "test -e /m"; }; }; }).driverConfiguration.machines'
    )
    folders = evaluate(expression)
    assert isinstance(folders, dict)
    assert folders["plain"] is None
    assert folders["a"] == folders["b"]
    assert len({folders[node] for node in "acd"}) == 3


def test_a_warm_start_gives_each_node_its_own_name_and_addresses() -> None:
    nodes = "c.warmStart = true; d = { warmStart.newMachineId = true; vlans = [ ]; };"
    scripts = evaluate(
        f"builtins.mapAttrs (_: m: m.warm_start.script or null)"
        f" {_test(nodes)}.driverConfiguration.machines"
    )
    assert isinstance(scripts, dict)
    assert "link set eth1 address 52:54:00:12:01:03 up" in scripts["c"]
    assert "addr replace 192.168.1.3/24 dev eth1 broadcast +\n" in scripts["c"]
    assert "echo 'c' >/proc/sys/kernel/hostname" in scripts["c"]
    assert "192.168.1.1 a\n" in scripts["c"]
    assert "machine-id" not in scripts["c"]
    assert "machine-id" in scripts["d"]
    assert "ip -batch" not in scripts["d"]
    identities = evaluate(
        f"builtins.mapAttrs (_: m: m.warm_start.identity or null)"
        f" {_test(nodes)}.driverConfiguration.machines"
    )
    assert isinstance(identities, dict)
    assert identities["c"]["files"]["/proc/sys/kernel/hostname"] == "c"
    assert "192.168.1.1 a\n" in identities["c"]["files"]["/etc/hosts"]
    assert identities["c"]["interfaces"] == [
        {
            "name": "eth1",
            "mac": "52:54:00:12:01:03",
            "addresses": ["192.168.1.3/24", "2001:db8:1::3/64"],
        }
    ]
    assert identities["d"] is None


def test_options_for_the_prompt_are_added_to_those_of_the_test() -> None:
    test = """(runTest {
      name = "t";
      nodes.a = { packages = [ "curl" ]; cores = 2; };
      testScript = "";
      interactive = { globalTimeout = 5; nodes.a = { packages = [ "procps" ]; cores = 3; }; };
    })"""
    assert evaluate(f"{test}.nodes.a.cores") == 2
    text = f"unsafeDiscardStringContext {test}.driverInteractive.configuration"
    text = f"with builtins; fromJSON ({text})"
    assert evaluate(f"({text}).machines.a.cores") == 3
    assert evaluate(f"({text}).global_timeout_seconds") == 5
    assert "--interactive" in str(evaluate(f"{test}.driverInteractive.flags"))
    merge = f"import {SOURCE}/lib/debian/merge.nix"
    given, more = '{ a = [ 1 ]; b = { c = 1; d = 1; }; e = "x"; }', "{ a = [ 2 ]; b.c = 2; e = 1; }"
    expected = {"a": [1, 2], "b": {"c": 2, "d": 1}, "e": 1}
    assert evaluate(f"{merge} {given} {more}") == expected


def test_ssh_is_a_way_in_where_it_is_asked_for() -> None:
    test = '(runTest { name = "t"; nodes.a = { }; testScript = ""; sshBackdoor.enable = true; })'
    assert evaluate(f"{test}.driverConfiguration.machines.a.ssh") is True
    assert "openssh-server" in str(evaluate(f"{test}.nodes.a.packages"))
    plain = test.replace("sshBackdoor.enable = true;", "")
    assert evaluate(f"{plain}.driverConfiguration.machines.a.ssh") is False
    assert evaluate(f"{plain}.nodes.a.packages") == []
    box = test.replace("nodes.a", "containers.a")
    assert evaluate(f"{box}.driverConfiguration.machines.a.ssh") is True
    assert "/run/test-driver-channel/ssh" in str(
        evaluate(f'{box}.containers.a.services."ssh-backdoor.socket".text')
    )
    both = test.replace("{ };", '{ backend = "auto"; };')
    assert "ssh-backdoor@" in str(evaluate(f"builtins.attrNames {both}.nodes.a.services"))


def test_a_script_in_a_file_of_its_own_is_known_to_the_prompt(tmp_path: Path) -> None:
    script = tmp_path / "web.py"
    script.write_text("start_all()\n")
    test = f'(runTest {{ name = "t"; nodes.a = {{ }}; testScript = {script}; }})'
    assert evaluate(f"{test}.config.testScriptString") == "start_all()\n"
    assert evaluate(f"{test}.config.testScriptSource") == str(script)
    inline = '(runTest { name = "t"; nodes.a = { }; testScript = ""; })'
    assert evaluate(f"{inline}.config.testScriptSource") is None


def test_options_for_the_prompt_are_a_set() -> None:
    test = 'runTest { name = "t"; nodes.a = { }; testScript = ""; interactive = 1; }'
    assert "`interactive` is an attribute set of options" in refusal(
        f"({test}).driverInteractive.drvPath"
    )


def test_kinds_of_trouble_that_fail_are_told_to_the_driver() -> None:
    test = '(runTest { name = "t"; failOn = [ "oom" "stall" ]; nodes.a = { }; testScript = ""; })'
    assert evaluate(f"{test}.driverConfiguration.fail_on") == ["oom", "stall"]
    plain = '(runTest { name = "t"; nodes.a = { }; testScript = ""; })'
    assert evaluate(f"{plain}.driverConfiguration.fail_on") == []


def test_the_meaning_of_methods_is_told_to_the_driver() -> None:
    of = (
        'more: (runTest ({ name = "t"; nodes.a = { }; testScript = ""; } // more))'
        ".driverConfiguration.compatibility"
    )
    given = '[ { } { compatibility = "rehearse"; } { compatibility = "nixpkgs"; } ]'
    assert evaluate(f"map ({of}) {given}") == ["rehearse", "rehearse", "nixpkgs"]


def test_runs_of_repeat_differ_by_a_number_and_nothing_else() -> None:
    test = '(runTest { name = "t"; nodes.a = { }; testScript = ""; })'
    assert evaluate(f"builtins.attrNames ({test}.repeat 3)") == ["1", "2", "3"]
    derivations = evaluate(
        f'let t = {test}; in [ t.drvPath t.repeat."1".drvPath t.repeat."1000".drvPath ]'
        f" ++ map (run: run.drvPath) (builtins.attrValues (t.repeat 2))"
    )
    assert isinstance(derivations, list)
    assert len(set(derivations)) == 4  # the first of two is the one that is an attribute
    arguments = (
        f"let t = {test}; arguments = run: removeAttrs run.drvAttrs"
        ' [ "name" "repetition" ]; in arguments t.repeat."1" == arguments t'
    )
    assert evaluate(arguments) is True
    name = f'let run = {test}.repeat."2"; in [ run.name run.repetition run.report.name ]'
    assert evaluate(name) == ["vm-test-run-t-repeat-2", "2", "vm-test-report-t-repeat-2"]


def test_a_run_of_repeat_is_one_also_where_failures_are_kept() -> None:
    test = '(runTest { name = "t"; keepFailures = true; nodes.a = { }; testScript = ""; })'
    runs = f"map (run: run.report.drvPath) (builtins.attrValues ({test}.repeat 2))"
    assert (
        evaluate(f"builtins.length (builtins.filter (r: r != {test}.report.drvPath) ({runs}))") == 2
    )
    depends = "builtins.attrNames (builtins.getContext run.report.outPath)"
    assert evaluate(f'let run = {test}.repeat."2"; in {depends} == [ run.report.drvPath ]') is True
    verdict = "run.reportDerivation == builtins.unsafeDiscardStringContext run.report.drvPath"
    assert evaluate(f'let run = {test}.repeat."2"; in {verdict}') is True


def test_a_number_of_runs_that_cannot_be_is_refused() -> None:
    test = '(runTest { name = "t"; nodes.a = { }; testScript = ""; })'
    for number in ("0", "1001", "-1", '"2"', "null", "1.5", "(n: n)"):
        message = refusal(f"builtins.attrNames ({test}.repeat ({number}))")
        assert "test `t`: `repeat` takes a number of runs from 1 to 1000" in message


COMMAND_LINE = (
    '(runTest {{ name = "t"; nodes.a = {}; testScript = ""; }}).nodes.a.vm.kernelParameters'
)


def test_kernel_parameters_come_after_the_required_ones_and_replace_defaults() -> None:
    plain = str(evaluate(COMMAND_LINE.format("{ }"))).split()
    own = '{ kernelParameters = [ "quiet" "mitigations=auto,nosmt" "random.trust-cpu=off" ]; }'
    tokens = str(evaluate(COMMAND_LINE.format(own))).split()
    assert tokens[-3:] == ["quiet", "mitigations=auto,nosmt", "random.trust-cpu=off"]
    replaced = {"mitigations=off", "random.trust_cpu=on"}
    assert [token for token in plain if token not in replaced] == tokens[:-3]


def test_a_snapshot_is_of_nodes_with_the_same_kernel_parameters() -> None:
    def folder(parameters: str) -> object:
        node = f"{{ warmStart = true; kernelParameters = [ {parameters} ]; }}"
        test = f'(runTest {{ name = "t"; nodes.a = {node}; testScript = ""; }})'
        return evaluate(f"{test}.driverConfiguration.machines.a.warm_start.folder")

    assert folder('"quiet"') == folder('"quiet"')
    assert len({folder(""), folder('"quiet"'), folder('"quiet" "audit=1"')}) == 3


def test_kernel_parameters_are_an_axis_of_variants() -> None:
    node = '{ variants.kernelParameters = [ [ ] [ "audit=1" ] ]; }'
    test = f'(runTest {{ name = "t"; nodes.a = {node}; testScript = ""; }})'
    assert evaluate(f"map (v: v.values) {test}.driverConfiguration.machines.a.variants") == [
        {"kernelParameters": []},
        {"kernelParameters": ["audit=1"]},
    ]


def test_a_card_of_interfaces_has_a_name_and_addresses_if_asked_for() -> None:
    node = (
        "{ vlans = [ 7 ]; interfaces = { wan.vlan = 3; lan = { vlan = 2; assignIP = true; }; }; }"
    )
    test = f'(runTest {{ name = "t"; nodes.a = {node}; testScript = ""; }})'
    interfaces = evaluate(f"{test}.nodes.a.networking.interfaces")
    assert isinstance(interfaces, list)
    assert [(card["name"], card["vlan"], card["ipv4"]) for card in interfaces] == [
        ("eth1", 7, "192.168.7.1"),
        ("lan", 2, "192.168.2.1"),
        ("wan", 3, None),
    ]
    assert evaluate(f"{test}.driverConfiguration.vlans") == [2, 3, 7]
    assert evaluate(f"{test}.driverConfiguration.machines.a.vlans") == [7, 2, 3]


def test_a_machine_is_known_by_its_first_card_with_an_address() -> None:
    node = "{ interfaces = { a.vlan = 3; b = { vlan = 2; assignIP = true; }; }; }"
    nodes = f"{{ a = {node}; b.interfaces.x.vlan = 3; }}"
    test = f'(runTest {{ name = "t"; nodes = {nodes}; testScript = ""; }})'
    assert evaluate(
        f"map (n: n.networking.primaryIPAddress) (builtins.attrValues {test}.nodes)"
    ) == [
        "192.168.2.1",
        "",
    ]
    # No card comes from the default of `vlans` beside those of `interfaces`.
    assert evaluate(f"{test}.driverConfiguration.machines.b.vlans") == [3]


def test_a_snapshot_is_shared_by_nodes_with_the_same_cards() -> None:
    def folder(node: str) -> object:
        nodes = f"{{ a = {{ warmStart = true; }} // {node}; }}"
        test = f'(runTest {{ name = "t"; nodes = {nodes}; testScript = ""; }})'
        return evaluate(f"{test}.driverConfiguration.machines.a.warm_start.folder")

    assert folder("{ interfaces.wan.vlan = 3; }") == folder("{ interfaces.wan.vlan = 4; }")
    assert folder("{ interfaces.wan.vlan = 3; }") != folder("{ interfaces.lan.vlan = 3; }")
    assert folder("{ interfaces.wan.vlan = 3; }") != folder("{ vlans = [ 3 ]; }")
