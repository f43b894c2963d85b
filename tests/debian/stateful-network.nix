# Random networks: which machines are on, with which kernel and memory, and whom they reach.
{
  name = "debian-stateful-network";
  acceleration = "never";
  nodes = import ./stateful-nodes.nix { };
  testScript = ''
    ${builtins.readFile ./stateful-network.py}

    Network.run(seconds=60, max_examples=20, steps=10, seed=1)
  '';
}
