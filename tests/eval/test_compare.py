"""What the comparison with nixpkgs' framework says of equal, different and failing tests."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from fake_nixpkgs import Compare, Nixpkgs, both, facts, reported, systems

from tests.nixos.compare.all_tests import main
from tests.nixos.compare.documented import DOCUMENTED

DOCS = Path(__file__).parents[2] / "docs/nixos-nodes.md"


def test_equal_tests_are_the_same(nixpkgs: Nixpkgs, compare: Compare) -> None:
    system = nixpkgs.derivation("nixos-system-m", kernelParams="console=ttyS0")
    systems(nixpkgs, system, system)
    status, said = compare()
    assert status == 0
    assert "1 the same here (1 without any difference, 0 with documented ones)" in said


def test_another_address_differs(nixpkgs: Nixpkgs, compare: Compare) -> None:
    both(
        nixpkgs,
        facts({"m": {"primaryIPAddress": "192.168.1.1"}}),
        facts({"m": {"primaryIPAddress": "192.168.1.2"}}),
    )
    status, said = compare()
    assert status == 1
    assert "DIFFERS: web: .machines.m.primaryIPAddress: value: - 192.168.1.1; + 192.168.1.2" in said


def test_options_of_a_test_are_compared(nixpkgs: Nixpkgs, compare: Compare) -> None:
    both(
        nixpkgs,
        facts({}, options={"pythonPackages": ["python3.13-backoff-2.2.1"]}),
        facts({}, options={"pythonPackages": []}),
    )
    status, said = compare()
    assert status == 1
    assert ".options.pythonPackages: value: - ['python3.13-backoff-2.2.1']; + []" in said


def test_machines_at_the_prompt_are_compared(nixpkgs: Nixpkgs, compare: Compare) -> None:
    def test(ports: str) -> dict[str, object]:
        start = nixpkgs.derivation("run-nixos-vm", text=f"-m 1024 {ports}")
        return facts({}, interactive={"machines": {"m": {"vm": start}}})

    both(nixpkgs, test("hostfwd=tcp::2222-:22"), test(""))
    status, said = compare()
    assert (status, "run-nixos-vm: text: - hostfwd=tcp; - 2222-; - 22" in said) == (1, True)


def test_a_machine_too_few_differs(nixpkgs: Nixpkgs, compare: Compare) -> None:
    both(nixpkgs, facts({"a": {}, "b": {}}), facts({"a": {}}))
    status, said = compare()
    assert status == 1
    assert "DIFFERS: web: .machines.b: value" in said


def test_the_input_that_makes_the_difference_is_named(nixpkgs: Nixpkgs, compare: Compare) -> None:
    def system(port: str) -> str:
        unit = nixpkgs.derivation("unit-web.service", text=f"[Service]\nPort={port}\nUser=web\n")
        units = nixpkgs.derivation("system-units", inputs=[unit], units=unit)
        return nixpkgs.derivation("nixos-system-m", inputs=[units], units=units)

    systems(nixpkgs, system("80"), system("81"))
    status, said = compare()
    assert status == 1
    assert "DIFFERS: web: unit-web.service: text: - Port=80; + Port=81\n" in said
    assert "    1 DIFFERS: unit-web.service: text\n" in said


def test_start_scripts_are_compared(nixpkgs: Nixpkgs, compare: Compare) -> None:
    one, other = (nixpkgs.derivation("nixos-vm", text=f"-m {size} -smp 1") for size in (1, 2))
    systems(nixpkgs, one, other, key="vm")
    status, said = compare()
    assert (status, "nixos-vm: text: - 1; + 2" in said) == (1, True)


def test_a_unit_of_one_framework_only_differs(nixpkgs: Nixpkgs, compare: Compare) -> None:
    unit = nixpkgs.derivation("unit-extra.service", text="x")
    one = nixpkgs.derivation("system-units", text="a")
    other = nixpkgs.derivation("system-units", inputs=[unit], text=f"a {unit}")
    systems(nixpkgs, one, other)
    status, said = compare()
    assert status == 1
    assert "system-units: text: + unit-extra.service.drv" in said


def test_a_source_file_that_differs_is_read(nixpkgs: Nixpkgs, compare: Compare) -> None:
    one, other = (
        nixpkgs.derivation("etc", files=[nixpkgs.source("motd", f"hello\n{token}\n")])
        for token in ("you", "me")
    )
    systems(nixpkgs, one, other)
    status, said = compare()
    assert (status, "motd: text: - you; + me" in said) == (1, True)


def test_derivations_among_the_sources_are_followed(nixpkgs: Nixpkgs, compare: Compare) -> None:
    def system(port: str) -> str:
        unit = nixpkgs.derivation("unit-web.service", text=f"[Service]\nPort={port}\nUser=web\n")
        return nixpkgs.derivation("all-recipes", files=[unit])

    systems(nixpkgs, system("80"), system("81"))
    status, said = compare()
    assert status == 1
    assert "DIFFERS: web: unit-web.service: text: - Port=80; + Port=81\n" in said


def test_the_file_that_the_comparison_changes_is_no_difference(
    nixpkgs: Nixpkgs, compare: Compare
) -> None:
    def system(number: int, changed: str) -> str:
        tree = nixpkgs.root / "store" / f"{number:032}-source"
        (tree / "nixos/lib/testing").mkdir(parents=True)
        (tree / changed).write_text(f"{number}\n")
        return nixpkgs.derivation("nixos-system-m", files=[str(tree)])

    entry = "nixos/lib/testing/default.nix"
    systems(nixpkgs, system(1, entry), system(2, entry))
    assert compare()[0] == 0
    systems(nixpkgs, system(3, "nixos/lib/testing/run.nix"), system(4, entry))
    status, said = compare()
    assert (status, "source: files: - nixos/lib/testing/run.nix" in said) == (1, True)


def test_values_of_json_differ_by_their_path(nixpkgs: Nixpkgs, compare: Compare) -> None:
    one, other = (
        nixpkgs.derivation("users.json", text=json.dumps({"users": [{"uid": uid}]}))
        for uid in (1, 2)
    )
    systems(nixpkgs, one, other)
    assert ".users[].uid = 1; + .users[].uid = 2" in compare()[1]


def test_inputs_of_one_name_are_paired_by_content(nixpkgs: Nixpkgs, compare: Compare) -> None:
    def system(token: str) -> str:
        scripts = [nixpkgs.derivation("script", text=f"{text}\n{token}") for text in ("a", "b")]
        return nixpkgs.derivation("nixos-system-m", inputs=scripts)

    systems(nixpkgs, system("x"), system("y"))
    status, said = compare()
    assert (status, "script: text: - x; + y\n" in said) == (1, True)


def test_comments_and_the_order_of_settings_are_no_difference(
    nixpkgs: Nixpkgs, compare: Compare
) -> None:
    one = nixpkgs.derivation("system.conf", text="[Manager]\n# Slow.\nA=1\nB=2\n")
    other = nixpkgs.derivation("system.conf", text="[Manager]\n\nB=2\nA=1\n")
    systems(nixpkgs, one, other)
    assert compare()[0] == 0


@pytest.mark.parametrize(
    ("other", "status"),
    [
        ('SUBSYSTEM=="net",ATTR{address}=="52:54:00:12:01:01",NAME="eth1"', 0),
        ('SUBSYSTEM=="net",ATTR{address}=="52:54:00:12:01:02",NAME="eth1"', 1),
        ('SUBSYSTEM=="net",ATTR{address}=="52:54:00:12:01:01",NAME="eth2"', 1),
        ('SUBSYSTEM=="net",ATTR{address}=="52:54:00:12:01:01",PROGRAM="a, b"', 1),
    ],
)
def test_spaces_between_keys_of_a_rule_of_udev_are_no_difference(
    nixpkgs: Nixpkgs, compare: Compare, other: str, status: int
) -> None:
    rule = 'SUBSYSTEM=="net", ATTR{address}=="52:54:00:12:01:01", NAME="eth1"'
    both(nixpkgs, facts({"m": {"udevRules": rule}}), facts({"m": {"udevRules": other}}))
    assert compare()[0] == status
    systems(
        nixpkgs,
        nixpkgs.derivation("initrd-udev-rules", text=f"{rule}\n"),
        nixpkgs.derivation("initrd-udev-rules", text=f"{other}\n"),
    )
    assert compare()[0] == status


def test_another_order_of_arguments_differs(nixpkgs: Nixpkgs, compare: Compare) -> None:
    one, other = (nixpkgs.derivation("start", text=text) for text in ("-a -b", "-b -a"))
    systems(nixpkgs, one, other)
    status, said = compare()
    assert (status, "(another order) -a -b" in said) == (1, True)


def test_a_documented_difference_counts_as_equal(nixpkgs: Nixpkgs, compare: Compare) -> None:
    one = nixpkgs.derivation("nixos-system-m", kernelParams="panic=1 clocksource=acpi_pm")
    other = nixpkgs.derivation("nixos-system-m", kernelParams="panic=1")
    systems(nixpkgs, one, other)
    status, said = compare()
    assert status == 0
    assert "1 documented: no `clocksource=acpi_pm`\n" in said
    assert "0 without any difference, 1 with documented ones" in said


@pytest.mark.parametrize(
    ("name", "theirs", "ours"),
    [
        # The same parameter, but what is left of it is not what the document says.
        ("nixos-system-m", "panic=1 clocksource=tsc", "panic=1"),
        # What the document says is absent here is added here.
        ("nixos-system-m", "panic=1", "panic=1 clocksource=acpi_pm"),
        # Another derivation.
        ("unit-web.service", "panic=1 clocksource=acpi_pm", "panic=1"),
        ("run-nixos-vm", "-device pvpanic-pci", "-device pvpanic-pci -device pvpanic-pci-x"),
        ("etc-systemd-system.conf", "ShowStatus=false", "ShowStatus=auto"),
    ],
)
def test_what_only_resembles_a_documented_difference_differs(
    nixpkgs: Nixpkgs, compare: Compare, name: str, theirs: str, ours: str
) -> None:
    systems(nixpkgs, nixpkgs.derivation(name, text=theirs), nixpkgs.derivation(name, text=ours))
    assert compare()[0] == 1


def test_beside_a_documented_difference_another_one_is_seen(
    nixpkgs: Nixpkgs, compare: Compare
) -> None:
    one = nixpkgs.derivation("nixos-system-m", kernelParams="quiet clocksource=acpi_pm")
    other = nixpkgs.derivation("nixos-system-m", kernelParams="loud")
    systems(nixpkgs, one, other)
    status, said = compare()
    assert (status, "kernelParams: - quiet; + loud" in said) == (1, True)


@pytest.mark.parametrize("documented", DOCUMENTED, ids=lambda one: one.row)
def test_each_recognised_difference_is_a_row_of_the_document(documented: object) -> None:
    row = re.escape(str(getattr(documented, "row")))  # noqa: B009
    assert re.search(rf"^\| {row}.*\|", DOCS.read_text(), re.MULTILINE)


def test_drivers_differ_but_their_demands_do_not(nixpkgs: Nixpkgs, compare: Compare) -> None:
    def test(features: str, driver: str) -> dict[str, object]:
        derivation = nixpkgs.derivation("vm-test-run-t", requiredSystemFeatures=features, d=driver)
        return facts({}, derivations={"test": derivation})

    both(nixpkgs, test("kvm nixos-test", "theirs"), test("nixos-test kvm", "ours"))
    assert compare()[0] == 0
    both(nixpkgs, test("kvm nixos-test", "theirs"), test("nixos-test", "ours"))
    status, said = compare()
    assert status == 1
    assert ".derivations.test: requiredSystemFeatures: - kvm nixos-test; + nixos-test" in said


def test_what_fails_here_only_fails(nixpkgs: Nixpkgs, compare: Compare) -> None:
    both(nixpkgs, facts({}), "error: attribute 'containers' missing")
    status, said = compare()
    assert status == 1
    assert "FAILS: web: error: attribute 'containers' missing" in said
    assert "1 tests, 1 evaluate under nixpkgs' own framework" in said
    assert "1 fail\n" in said


def test_what_fails_under_both_is_not_ours(nixpkgs: Nixpkgs, compare: Compare) -> None:
    both(nixpkgs, "error: undefined variable 'x'", "error: undefined variable 'x'")
    status, said = compare()
    assert status == 0
    assert "nixpkgs' own fails: web: error: undefined variable 'x'" in said
    assert "1 tests, 0 evaluate under nixpkgs' own framework" in said


def test_a_bad_test_does_not_spoil_its_batch(nixpkgs: Nixpkgs, compare: Compare) -> None:
    for number in range(7):
        nixpkgs.theirs[f"t{number}"] = nixpkgs.ours[f"t{number}"] = facts({})
    nixpkgs.ours["t3"] = "error: no"
    status, said = compare("--quick", "--jobs", "2")
    assert (status, "6 the same here" in said, "FAILS: t3: error: no" in said) == (1, True, True)


def test_patterns_choose_attributes_and_those_inside(nixpkgs: Nixpkgs, compare: Compare) -> None:
    for name in ("boot", "boot-stage1", "web", "driver.a", "driver.b", "custom.nix"):
        nixpkgs.theirs[name] = nixpkgs.ours[name] = facts({})
    report = nixpkgs.root / "report.jsonl"
    compare("boot*", "driver.*", "boot", "*.nix", "--report", str(report))
    assert sorted(reported(report)) == ["boot", "boot-stage1", "custom.nix", "driver.a", "driver.b"]


def test_a_seed_chooses_the_same_sample_again(nixpkgs: Nixpkgs, compare: Compare) -> None:
    for number in range(30):
        nixpkgs.theirs[f"t{number}"] = nixpkgs.ours[f"t{number}"] = facts({})
    chosen = []
    for seed in ("1", "1", "2"):
        report = nixpkgs.root / "report.jsonl"
        compare("--sample", "5", "--seed", seed, "--report", str(report))
        chosen.append(sorted(reported(report)))
    assert chosen[0] == chosen[1] != chosen[2]
    assert [len(names) for names in chosen] == [5, 5, 5]


@pytest.mark.parametrize("release", ["24.05", "23.11", "22.05pre-git"])
def test_a_tree_that_is_too_old_says_from_which_release_on(compare: Compare, release: str) -> None:
    status, said = compare(release=release)
    assert status == 2
    assert f"this nixpkgs is of release {release[:5]}, which is too old" in said
    assert "takes release 24.11 or newer" in said


def test_a_folder_that_is_no_nixpkgs_is_refused(
    nixpkgs: Nixpkgs,
    capsys: pytest.CaptureFixture[str],
) -> None:
    nixpkgs.tree.mkdir()
    with pytest.raises(SystemExit) as refused:
        main([])
    assert refused.value.code == 2
    said = capsys.readouterr().err
    assert "nixos/lib/testing/default.nix not found: NIXPKGS_TREE must be the folder" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nosuch*"], "pattern `nosuch*`: no such attribute found"),
        (["web.nosuch"], "pattern `web.nosuch`: no such attribute found"),
        (["--jobs", "0"], "argument --jobs: 0: expected a number from 1 on"),
        (["--jobs", "many"], "argument --jobs: many: expected a number from 1 on"),
        (["--sample", "-3"], "argument --sample: -3: expected a number from 1 on"),
        (["--seed", "x"], "argument --seed: invalid int value"),
        (["--nosuch"], "unrecognized arguments: --nosuch"),
    ],
)
def test_wrong_arguments_are_refused(
    nixpkgs: Nixpkgs, compare: Compare, arguments: list[str], message: str
) -> None:
    both(nixpkgs, facts({}), facts({}))
    status, said = compare(*arguments)
    assert status == 2
    assert message in said


def test_without_a_tree_the_comparison_is_skipped(
    compare: Compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NIXPKGS_TREE")
    status, said = compare()
    assert (status, "skipped: NIXPKGS_TREE does not name" in said) == (0, True)


@pytest.mark.parametrize(
    ("machines", "theirs", "ours", "status"),
    [
        ({}, "nixos-test", "kvm nixos-test", 0),
        ({"m": {"name": "m"}}, "nixos-test", "kvm nixos-test", 1),
        ({}, "kvm nixos-test", "nixos-test", 1),
        ({}, "nixos-test", "devnet kvm nixos-test", 1),
        ({}, "cuda nixos-test", "kvm nixos-test", 1),
    ],
)
def test_only_a_test_without_machines_may_need_kvm_here_alone(
    nixpkgs: Nixpkgs,
    compare: Compare,
    machines: dict[str, object],
    theirs: str,
    ours: str,
    status: int,
) -> None:
    def test(features: str) -> dict[str, object]:
        derivation = nixpkgs.derivation("vm-test-run-t", requiredSystemFeatures=features)
        return facts(machines, derivations={"test": derivation})

    both(nixpkgs, test(theirs), test(ours))
    assert compare()[0] == status
