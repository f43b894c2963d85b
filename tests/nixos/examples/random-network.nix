# Random networks of servers: which machines run, with which kernel and how much memory, and which of them they reach.
let
  # What all machines have in common.
  common = {
    networking.firewall.enable = false;
    documentation.enable = false;
  };

  kernel =
    version:
    { pkgs, ... }:
    {
      boot.kernelPackages = pkgs."linuxPackages_${builtins.replaceStrings [ "." ] [ "_" ] version}";
    };

  memory = mebibytes: { virtualisation.memorySize = mebibytes; };

  machine = {
    imports = [ common ];

    # The script chooses one of four combinations whenever it switches a machine on. The test gives names and addresses.
    virtualisation.variants = {
      kernel = {
        "6.12" = kernel "6.12";
        "6.18" = kernel "6.18";
      };
      memory = {
        "512" = memory 512;
        "1024" = memory 1024;
      };
    };
  };
in
{
  name = "random-network";

  nodes = {
    a = machine;
    b = machine;
    c = machine;
    d = machine;
  };

  testScript = ''
    ${builtins.readFile ../../../templates/tutorial-random-network/network.py}

    Network.run(seconds=600, max_examples=20, steps=10, seed=1)
  '';
}
