"""Copying files into machines and out of them."""

import os
from pathlib import Path

import pytest

from test_driver.errors import AgentError, CopyRefused
from test_driver.machine import QemuMachine

from ..conftest import MachineMaker


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small tree of files."""
    top = tmp_path / "tree"
    (top / "below").mkdir(parents=True)
    (top / "below" / "file").write_text("text")
    (top / "program").write_text("#!/bin/sh\n")
    (top / "program").chmod(0o755)
    (top / "link").symlink_to("program")
    return top


def test_a_file_goes_in_with_its_mode(machine: QemuMachine, tmp_path: Path, tree: Path) -> None:
    target = tmp_path / "guest" / "with blanks" / "copy"
    machine.copy_from_host(str(tree / "program"), str(target))
    assert target.read_text() == "#!/bin/sh\n"
    assert target.stat().st_mode & 0o777 == 0o755
    assert [path.name for path in target.parent.iterdir()] == ["copy"]


def test_a_tree_goes_in_with_what_its_links_point_to(
    machine: QemuMachine, tmp_path: Path, tree: Path
) -> None:
    target = tmp_path / "guest"
    machine.copy_from_host(str(tree), str(target))
    assert (target / "below" / "file").read_text() == "text"
    assert (target / "link").read_text() == "#!/bin/sh\n"
    assert not (target / "link").is_symlink()


def test_a_copy_into_an_existing_folder_lands_inside_it(
    machine: QemuMachine, tmp_path: Path, tree: Path
) -> None:
    (tmp_path / "guest").mkdir()
    machine.copy_from_host(str(tree), str(tmp_path / "guest"))
    assert (tmp_path / "guest" / "tree" / "below" / "file").exists()


def test_a_large_file_goes_in_and_out_unchanged(machine: QemuMachine, tmp_path: Path) -> None:
    data = os.urandom(3_000_000)
    (tmp_path / "large").write_bytes(data)
    machine.copy_from_host(str(tmp_path / "large"), str(tmp_path / "guest"))
    machine.copy_from_machine(str(tmp_path / "guest"))
    assert (machine.context.output.path / "guest").read_bytes() == data


def test_what_does_not_exist_is_refused(machine: QemuMachine) -> None:
    with pytest.raises(CopyRefused, match="machine1: cannot copy /no/such from the host: it does"):
        machine.copy_from_host("/no/such", "/tmp/x")
    with pytest.raises(CopyRefused, match="cannot copy /no/such: there is no file or folder of"):
        machine.copy_from_machine("/no/such")


def test_a_tree_with_a_dangling_link_is_refused(
    machine: QemuMachine, tmp_path: Path, tree: Path
) -> None:
    (tree / "dangling").symlink_to("/no/such")
    with pytest.raises(CopyRefused, match=r"cannot copy .*tree from the host: .*No such file"):
        machine.copy_from_host(str(tree), str(tmp_path / "guest"))


def test_a_target_that_cannot_be_written_is_an_error(machine: QemuMachine, tree: Path) -> None:
    with pytest.raises(
        CopyRefused,
        match=r"cannot copy: making room at /proc/no/such failed \(exit status 1\): mkdir: cannot",
    ):
        machine.copy_from_host(str(tree / "program"), "/proc/no/such")


def test_a_tree_comes_out_below_a_folder(machine: QemuMachine, tree: Path) -> None:
    machine.copy_from_machine(str(tree), "from/guest")
    copy = machine.context.output.path / "from/guest/tree"
    assert (copy / "below" / "file").read_text() == "text"
    assert (copy / "link").readlink() == Path("program")
    assert (copy / "program").stat().st_mode & 0o777 == 0o755


def test_links_that_lead_outside_stay_out(
    machine: QemuMachine, tree: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tree / "passwd").symlink_to("/etc/passwd")
    (tree / "up").symlink_to("../../..")
    machine.copy_from_machine(str(tree))
    copy = machine.context.output.path / "tree"
    assert not (copy / "passwd").is_symlink()
    assert not (copy / "up").is_symlink()
    assert len([text for text in caplog.messages if text.startswith("not copied: ")]) == 2


@pytest.mark.parametrize("folder", ["..", "a/../..", "/tmp"])
def test_nothing_is_written_outside_the_output_folder(
    machine: QemuMachine, tree: Path, folder: str
) -> None:
    with pytest.raises(CopyRefused, match="is outside the output folder"):
        machine.copy_from_machine(str(tree / "program"), folder)


def test_nothing_is_written_through_a_link_that_leads_outside(
    machine: QemuMachine, tmp_path: Path, tree: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (machine.context.output.path / "way").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CopyRefused, match="is outside the output folder"):
        machine.copy_from_machine(str(tree / "program"), "way")
    (machine.context.output.path / "program").symlink_to(tmp_path / "elsewhere/program")
    machine.copy_from_machine(str(tree / "program"))
    assert not (tmp_path / "elsewhere/program").exists()


@pytest.mark.parametrize("source", ["/", "/etc/.."])
def test_a_source_without_a_name_is_refused(machine: QemuMachine, source: str) -> None:
    with pytest.raises(CopyRefused, match="is no name for a file in the output folder"):
        machine.copy_from_machine(source)


def test_two_machines_do_not_overwrite_one_another(make_machine: MachineMaker, tree: Path) -> None:
    one, two = make_machine("one"), make_machine("two")
    one.copy_from_machine(str(tree / "program"))
    one.copy_from_machine(str(tree / "program"))
    with pytest.raises(CopyRefused, match=r"two: program in the output folder is already taken b"):
        two.copy_from_machine(str(tree / "program"))
    two.copy_from_machine(str(tree / "program"), "two")
    one.copy_from_machine(str(tree))
    with pytest.raises(CopyRefused, match=r"two: tree/.* in the output folder is already taken by"):
        two.copy_from_machine(str(tree))


@pytest.mark.parametrize("name", ["log.txt", "junit.xml", "console"])
def test_the_drivers_own_files_are_not_overwritten(
    machine: QemuMachine, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(CopyRefused, match=f"{name} in the output folder is already taken by the d"):
        machine.copy_from_machine(str(tmp_path / name))


def test_a_refusal_of_the_agent_is_an_error(machine: QemuMachine, tmp_path: Path) -> None:
    machine.succeed("true")
    assert machine.qemu is not None
    with pytest.raises(AgentError, match=r"agent refused guest-file-open: .*No such file"):
        machine.in_loop(machine.qemu.commands.call("guest-file-open", path="/no/such", mode="r"))
