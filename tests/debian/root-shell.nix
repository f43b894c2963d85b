# A guest without the agent takes commands through the root shell on hvc0. The image is as one that was made elsewhere: it has no
# agent, and the unit that nixpkgs' test instrumentation has.
{
  name = "debian-root-shell";
  nodes.bare = {
    memorySize = 256;
    files = {
      "/etc/systemd/system/qemu-guest-agent.service.d/none.conf" = "[Unit]\nConditionPathExists=/nowhere\n";
      "/etc/systemd/system/serial-getty@hvc0.service.d/none.conf" = "[Unit]\nConditionPathExists=/nowhere\n";
      "/etc/systemd/system.conf.d/slow.conf" = "[Manager]\nDefaultDeviceTimeoutSec=900\n";
      "/usr/local/sbin/backdoor" = {
        source = ./backdoor.sh;
        mode = "0755";
      };
    };
    services.backdoor = {
      wantedBy = [ "multi-user.target" ];
      requires = [ "dev-hvc0.device" ];
      after = [ "dev-hvc0.device" ];
      serviceConfig = {
        ExecStart = "/usr/local/sbin/backdoor";
        KillSignal = "SIGHUP";
        Restart = "always";
        TimeoutStopSec = 5;
      };
    };
  };
  testScript =
    { nodes }:
    ''
      from pathlib import Path

      from test_driver.errors import AgentLost, CheckpointError

      guest = create_machine("${nodes.bare.vm}/bin/run-bare-vm", name="guest")
      t.assertEqual(guest.succeed("systemctl is-active qemu-guest-agent || :; cat; tty || :"), "inactive\nnot a tty\n")
      t.assertEqual(guest.execute("echo out; echo err >&2; exit 3"), (3, "out\n"))
      t.assertEqual(guest.execute("sleep 600", timeout=2)[0], 124)
      t.assertEqual(guest.succeed("pgrep -x sleep | xargs -r ps -o args= -p | grep -c 600 || :"), "0\n")
      t.assertEqual(len(guest.succeed("head -c 3000000 /dev/zero | tr '\\0' x")), 3_000_000)
      with guest.spawn("trap 'exit 4' INT; read -r line; echo $line; while :; do sleep 0.1; done") as handle:
          handle.stdin.write("there\n")
          t.assertEqual(next(handle.lines()), "there")
          handle.kill("INT")
          t.assertEqual(handle.wait(60).status, 4)
      guest.execute("echo there >/root/there", check_output=False)
      guest.wait_for_file("/root/there", timeout=60)
      (Path.cwd() / "sent").write_bytes(bytes(range(256)) * 5000)
      guest.copy_from_host("sent", "/root/sent")
      guest.copy_from_machine("/root/sent", "back")
      t.assertEqual((Path(os.environ["out"]) / "back" / "sent").read_bytes(), bytes(range(256)) * 5000)
      with t.assertRaisesRegex(CheckpointError, "without the guest agent cannot be kept"):
          guest.checkpoint("x")
      for command, status in {"exit 129": 129, "kill -HUP $$; sleep 60": 129, "sleep 60 & kill -HUP $!; wait $!": 129}.items():
          t.assertEqual(guest.execute(command)[0], status, command)
      lost = "the root shell on hvc0 is gone: "
      for command in (
          "trap 'exit 0' HUP; systemctl restart --no-block backdoor; while :; do sleep 0.1; done",
          "systemctl kill -s KILL --kill-whom=main backdoor; exec sleep 60",
      ):
          with t.assertRaisesRegex(AgentLost, lost):
              guest.fail(command)
          t.assertEqual(guest.succeed("echo on"), "on\n")
      guest.reboot(soft=True)
      t.assertEqual(guest.succeed("systemctl show -P SoftRebootsCount"), "1\n")
      guest.reboot()
      t.assertEqual(guest.succeed("echo again"), "again\n")
      guest.wait_for_unit("multi-user.target")
      guest.shutdown()
    '';
}
