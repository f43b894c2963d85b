# A service under test whose start is another one here than in production, and a script with a library of its own.
{ lib, ... }:
let
  port = 8090;

  # The module of the service, as it would come from its own repository.
  service =
    {
      config,
      lib,
      pkgs,
      ...
    }:
    {
      options.services.greeter.greeting = lib.mkOption {
        type = lib.types.str;
        description = "What is said to whoever asks.";
      };

      config = {
        networking.firewall.allowedTCPPorts = [ port ];
        systemd.services.greeter = {
          description = "Greeter";
          wantedBy = [ "multi-user.target" ];
          serviceConfig = {
            WorkingDirectory = pkgs.writeTextDir "greeting" config.services.greeter.greeting;
            ExecStart = "${pkgs.python3}/bin/python3 -m http.server ${toString port}";
          };
        };
      };
    };
in
{
  name = "service";
  extraPythonPackages = packages: [ packages.backoff ];

  nodes = {
    server =
      { pkgs, ... }:
      {
        imports = [ service ];
        services.greeter.greeting = "hello";

        # In the test, the service takes its time.
        systemd.services.greeter.serviceConfig.ExecStart = lib.mkForce (
          pkgs.writeShellScript "start-greeter" ''
            sleep 5
            exec ${pkgs.python3}/bin/python3 -m http.server ${toString port}
          ''
        );
      };

    client =
      { pkgs, ... }:
      {
        environment.systemPackages = [ pkgs.curl ];
      };
  };

  testScript =
    { nodes }:
    ''
      import backoff

      start_all()
      server.wait_for_unit("greeter.service")

      @backoff.on_exception(backoff.expo, Exception, max_tries=8)
      def greeting() -> str:
          return client.succeed("curl --fail --silent http://server:${toString port}/greeting")

      t.assertEqual(greeting(), "${nodes.server.services.greeter.greeting}")
    '';
}
