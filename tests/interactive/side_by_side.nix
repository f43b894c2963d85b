# A run that waits in the middle for a file that its environment names, so that others can be looked at beside it.
{
  name = "interactive-side-by-side";
  acceleration = "never";
  nodes.machine = { };
  testScript = ''
    import os
    from pathlib import Path

    who = os.environ["WHO"]
    machine.succeed(f"echo {who} >/root/who")
    machine.copy_from_machine("/root/who")
    # Everybody who hears it counts it as received.
    machine.succeed("ping -c 3 -i 0.2 -W 1 -b 192.168.1.255 || [ $? = 1 ]")
    if machine.has_ssh:  # at the prompt
        machine.wait_for_unit("ssh.service")
        dump_machine_ssh()
    log.log(f"{who} is in the middle")
    retry(lambda _: Path(os.environ["GO_ON"]).exists())
    sent, received = (
        int(machine.succeed(f"cat /sys/class/net/eth1/statistics/{way}_packets")) for way in ("tx", "rx")
    )
    t.assertGreaterEqual(sent, 3)
    t.assertEqual(received, 0)
    t.assertEqual(machine.succeed("cat /root/who"), f"{who}\n")
  '';
  interactive.sshBackdoor.enable = true;
}
