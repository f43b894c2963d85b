# A bug is planted: with Debian 12's kernel, a firewall drops the pings of one machine. It is found, and shown in three steps.
{
  name = "debian-stateful-planted";
  acceleration = "never";
  nodes = import ./stateful-nodes.nix {
    packages = [ "nftables" ];
    services.firewall = {
      description = "A rule of old kernels only";
      wantedBy = [ "multi-user.target" ];
      unitConfig.ConditionKernelVersion = "<6.2";
      serviceConfig = {
        Type = "oneshot";
        ExecStart = "/usr/sbin/nft -f /etc/planted.nft";
      };
    };
    files."/etc/planted.nft" = ''
      table inet planted {
        chain input {
          type filter hook input priority 0;
          ip saddr 192.168.1.1 icmp type echo-request iifname "eth1" drop
        }
      }
    '';
  };
  testScript = ''
    from test_driver.stateful import PropertyFailed

    ${builtins.readFile ./stateful-network.py}

    try:
        Network.run(max_examples=200, steps=10, seed=1)
    except PropertyFailed as failure:
        print(failure)
        t.assertLessEqual(len(failure.steps), 3)
        t.assertRegex(failure.script, r"state\.ping\(source=a, target=[bcd]\)$")
        t.assertIn("'kernel': 'bookworm'", failure.script)
        t.assertIn("AssertionFailed", str(failure))
    else:
        raise SystemExit("the bug was not found")

    with subtest("the steps are a script, and fail each time"):
        for _ in range(2):
            with t.assertRaisesRegex(Exception, "is up"):
                exec(failure.script)
    with subtest("the database has it"):
        t.assertTrue(list((driver.machines[0].session.output.path / "hypothesis" / "examples").iterdir()))
  '';
}
