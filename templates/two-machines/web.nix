{
  name = "web";

  nodes = {
    server = {
      networking.firewall.allowedTCPPorts = [ 80 ];
      services.nginx = {
        enable = true;
        virtualHosts.default.locations."/".return = "200 'good evening'";
      };
    };

    client =
      { pkgs, ... }:
      {
        environment.systemPackages = [ pkgs.curl ];
      };
  };

  # For the prompt only: http://localhost:8080 is the server.
  interactive.nodes.server.virtualisation.forwardPorts = [
    {
      from = "host";
      host.port = 8080;
      guest.port = 80;
    }
  ];

  testScript = ''
    start_all()

    with subtest("the server answers"):
        server.wait_for_unit("nginx.service")
        server.wait_for_open_port(80)
        server.succeed("curl --fail http://localhost/")

    with subtest("the client gets the answer"):
        client.wait_for_unit("network.target")
        t.assertIn("good evening", client.succeed("curl --fail http://server/"))
  '';
}
