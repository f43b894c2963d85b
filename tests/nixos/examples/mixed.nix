# A NixOS server and a Debian client on one network.
{
  name = "mixed";

  nodes.server = {
    services.nginx = {
      enable = true;
      virtualHosts.default.locations."/".return = "200 'from NixOS'";
    };
    networking.firewall.allowedTCPPorts = [ 80 ];
  };

  debian.client.packages = [ "curl" ];

  testScript = ''
    start_all()
    server.wait_for_unit("nginx.service")
    server.wait_for_open_port(80)
    t.assertIn("from NixOS", client.wait_until_succeeds("curl --fail --silent http://server/", timeout=60))
  '';
}
