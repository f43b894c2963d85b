{ pkgs, ... }:
pkgs.testers.runNixOSTest {
  name = "simple";

  nodes.machine = {
    services.nginx.enable = true;
  };

  testScript = ''
    machine.wait_for_unit("nginx.service")
    machine.wait_for_open_port(80)
  '';
}
