# ruff: noqa: F821 - the driver gives the name
machine.succeed("echo text > /tmp/letter")
machine.copy_from_machine("/tmp/letter")
machine.succeed("exit 5")
