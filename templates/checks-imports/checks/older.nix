{ pkgs, ... }:
pkgs.testers.nixosTest {
  name = "older";

  nodes.machine =
    { pkgs, ... }:
    {
      environment.systemPackages = [ pkgs.hello ];
    };

  testScript =
    { nodes, ... }:
    ''
      machine.succeed("hello --greeting ${nodes.machine.networking.hostName} | grep machine")
    '';
}
