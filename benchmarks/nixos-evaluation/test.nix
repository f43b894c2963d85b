/**
  A test of some kind, made by one of two frameworks.

  Type: { tree :: path, ours :: bool, kind :: string } -> store path of its derivation

  `kind` is the name of one of `tests`.
*/
{
  tree,
  ours,
  kind,
}:
let
  pkgs = import tree {
    system = "x86_64-linux";
    config = { };
    overlays = [ ];
  };
  inherit (pkgs) lib;
  framework = if ours then import ../../lib { inherit lib; } else import (tree + "/nixos/lib") { inherit lib; };

  machines = count: machine: lib.genAttrs (map (number: "m${toString number}") (lib.range 1 count)) (_: machine);
  server = {
    networking.firewall.allowedTCPPorts = [ 80 ];
    services.openssh.enable = true;
    services.nginx.enable = true;
    services.nginx.virtualHosts.a.root = "/srv";
    services.postgresql.enable = true;
    users.users.alice.isNormalUser = true;
  };

  tests = {
    one-node.nodes = machines 1 { };
    three-nodes.nodes = machines 3 { };
    # Only nixpkgs of 2026 has them.
    containers = {
      nodes = machines 1 { };
      containers = lib.genAttrs [ "c1" "c2" ] (_: { });
    };
    large = {
      nodes = machines 8 server;
      defaults.environment.etc."motd".text = "evaluated";
    };
  };
in
(framework.runTest {
  imports = [ tests.${kind} ];
  name = "evaluation";
  hostPkgs = pkgs;
  testScript = "start_all()";
}).drvPath
