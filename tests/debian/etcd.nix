# An etcd cluster under partitions, pauses and power cuts: no acknowledged write is ever lost.
{
  name = "debian-etcd";
  acceleration = "never";
  nodes = import ./etcd-nodes.nix { };
  testScript = ''
    ${builtins.readFile ./etcd-cluster.py}

    begin()
    Cluster.run(seconds=60, max_examples=20, steps=8, seed=1)
  '';
}
