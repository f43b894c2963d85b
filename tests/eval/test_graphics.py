"""The graphical session of a Debian node: what it adds to the node, and what is refused."""

from __future__ import annotations

import pytest

from tests.eval.evaluation import evaluate, refusal

BAD = {
    "graphics attribute": (
        '{ graphics.desktop = "openbox"; }',
        "node `a`: graphics has no attribute `desktop`. It accepts: resolution, session, user.",
    ),
    "session as a file": (
        '{ graphics.session = "openbox/session"; }',
        'node `a`: graphics: `session` is the name of a session, but "openbox/session" was given',
    ),
    "session of root": (
        '{ graphics.user = "root"; }',
        "node `a`: graphics: `user` is `root`, but lightdm logs in ordinary users only.",
    ),
    "resolution that is no size": (
        '{ graphics.resolution = "large"; }',
        'node `a`: graphics: `resolution` is a size in pixels such as "1024x768", but '
        '"large" was given',
    ),
    "resolution of an odd width": (
        '{ graphics.resolution = "1023x768"; }',
        'graphics: `resolution` is "1023x768", but the screen has 640x480 pixels at least and '
        "4194304 pixels in all at most, and its width is a multiple of 8.",
    ),
    "resolution that the card has no memory for": (
        '{ graphics.resolution = "3840x2160"; }',
        'graphics: `resolution` is "3840x2160", but the screen has',
    ),
    "a disk more than there is room for beside the tablet": (
        "{ graphics = { }; emptyDiskImages = builtins.genList (_: 1) 19; }",
        "are too many: with 11 devices of its own they are 31, and there is room for 30",
    ),
    "kernel without a driver for the screen": (
        '{ graphics = { }; kernel = "bookworm"; }',
        'node `a`: `kernel` is "bookworm", a cloud kernel, which has no driver for the screen of a '
        'graphical session. Leave `kernel` out, or write "trixie-generic".',
    ),
}


@pytest.mark.parametrize(("node", "message"), BAD.values(), ids=BAD.keys())
def test_graphics_are_refused(node: str, message: str) -> None:
    test = f'(runTest {{ name = "t"; nodes.a = {node}; testScript = ""; }})'
    assert message in refusal(f"{test}.drvPath")


def _test(nodes: str) -> str:
    return f'(runTest {{ name = "t"; nodes = {{ a = {{ }}; {nodes} }}; testScript = ""; }})'


def test_a_graphical_session_adds_packages_user_and_kernel() -> None:
    test = _test('c = { graphics = { user = "bob"; }; packages = [ "curl" ]; };')
    found = (
        f"let inherit ({test}.nodes) a c; in {{ inherit (c) graphics kernel; "
        "uid = c.users.bob.uid; "
        "packages = builtins.length c.packages; "
        "others = [ a.kernel a.graphics (a.users == { }) ]; "
        'session = c.files."/etc/rehearse/graphical-session".text; }'
    )
    assert evaluate(found) == {
        "graphics": True,
        "kernel": "trixie-generic",
        "uid": 1000,
        "packages": 6,
        "others": ["trixie", False, True],
        "session": "openbox bob\n",
    }
    machines = f"{test}.driverConfiguration.machines"
    assert evaluate(f"builtins.mapAttrs (_: m: m.graphics) {machines}") == {
        "a": False,
        "c": True,
    }


def test_another_session_brings_its_own_packages() -> None:
    test = _test('c.graphics = { session = "xfce"; };')
    assert evaluate(f'builtins.elem "openbox" {test}.nodes.c.packages') is False
