# A bug is planted in the machines of the random network: with Debian 12's kernel, a firewall drops the pings of one machine. It is found, and shown in three steps.
let
  network = import ../../templates/tutorial-random-network/test.nix;
  planted = {
    services.firewall = {
      description = "A rule of old kernels only";
      wantedBy = [ "multi-user.target" ];
      unitConfig.ConditionKernelVersion = "<6.2";
      serviceConfig = {
        Type = "oneshot";
        ExecStart = "/bin/sh -e /etc/planted-rule";
      };
    };
    # Rules come before the table of local addresses only if that is asked later than by default.
    files."/etc/planted-rule" = ''
      for rule in "-4 192.168.1.1" "-6 2001:db8:1::1"; do
        ip "''${rule% *}" rule add pref 100 lookup local
        ip "''${rule% *}" rule del pref 0
        ip "''${rule% *}" rule add pref 10 iif eth1 from "''${rule#* }" blackhole
      done
    '';
  };
in
{
  name = "debian-stateful-planted";
  acceleration = "never";
  nodes = builtins.mapAttrs (_: node: node // planted) network.nodes;
  testScript = ''
    from test_driver.stateful import PropertyFailed

    ${builtins.readFile ../../templates/tutorial-random-network/network.py}

    try:
        Network.run(max_examples=200, steps=10, seed=11)
    except PropertyFailed as failure:
        found = failure.script
        print(failure)
        t.assertLessEqual(len(failure.steps), 3)
        t.assertRegex(failure.script, r"state\.ping\(source=(a, target=[bcd]|[bcd], target=a)\)$")
        t.assertEqual(failure.script.count("'kernel': 'bookworm'"), 1)
        t.assertIn("AssertionFailed", str(failure))
    else:
        raise SystemExit("the bug was not found")

    with subtest("the steps are a script, and fail each time"):
        for _ in range(2):
            with t.assertRaisesRegex(Exception, "is up"):
                exec(found)
    with subtest("the database has it"):
        t.assertTrue(list((driver.out_dir / "hypothesis").iterdir()))
  '';
}
