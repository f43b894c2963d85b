"""Settings of Nix."""

from pathlib import Path

import pytest

from test_driver.errors import ConfigurationError
from test_driver.nix.settings import read_builders

X86 = "x86_64-linux"


def test_lines_of_builders(tmp_path: Path) -> None:
    file = tmp_path / "machines"
    file.write_text(
        "# a comment\n"
        "ssh-ng://big x86_64-linux,i686-linux /etc/key 8 2 kvm,nixos-test big-parallel abc=\n"
        "\n"
        "small\n"
    )
    big, small, other = read_builders(f"@{file} ; ssh://other - - 3", X86)
    assert (big.uri, big.jobs, big.systems) == ("ssh-ng://big", 8, (X86, "i686-linux"))
    assert big.store == "ssh-ng://big?ssh-key=/etc/key"
    assert big.line.startswith("ssh-ng://big x86_64")
    assert (small.uri, small.jobs, small.systems, small.features) == (
        "ssh://small",
        1,
        (X86,),
        frozenset(),
    )
    assert (other.uri, other.jobs, other.store) == ("ssh://other", 3, "ssh://other")


def test_a_builder_takes_what_has_its_mandatory_features() -> None:
    (builder,) = read_builders("ssh-ng://b x86_64-linux - 1 1 kvm big", X86)
    assert builder.can_build(X86, frozenset({"big", "kvm"}))
    assert not builder.can_build(X86, frozenset({"kvm"}))
    assert not builder.can_build(X86, frozenset({"big", "other"}))
    assert not builder.can_build("aarch64-linux", frozenset({"big"}))


def test_a_file_of_builders_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert read_builders(f"@{tmp_path}/machines", X86) == ()


def test_a_wrong_line_is_named() -> None:
    with pytest.raises(ConfigurationError, match="`many` is no number of jobs; expected `URI"):
        read_builders("ssh://b - - many", X86)
