"""The command line of QEMU."""

from pathlib import Path

from test_driver.backend.qemu.arguments import ChannelPaths, qemu_arguments


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
