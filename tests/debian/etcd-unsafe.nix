# The same cluster, told not to wait for its disks: it loses what it has acknowledged, and that is found.
{
  name = "debian-etcd-unsafe";
  acceleration = "never";
  nodes = import ./etcd-nodes.nix { ETCD_UNSAFE_NO_FSYNC = "true"; };
  testScript = ''
    from test_driver.stateful import PropertyFailed

    ${builtins.readFile ./etcd-cluster.py}

    begin()
    try:
        Cluster.run(max_examples=50, steps=6, seed=1)
    except PropertyFailed as failure:
        log.info(str(failure))
        t.assertIn("acknowledged, and lost", str(failure))
        t.assertRegex(failure.script, r"(?s)state\.write\(.*state\.blackout\(\)")
        t.assertLessEqual(len(failure.steps), 3)
    else:
        raise SystemExit("a cluster that does not wait for its disks has lost nothing")
  '';
}
