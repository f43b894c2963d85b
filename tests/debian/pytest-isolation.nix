# Tests that each leave something behind, in a random order: none sees what another one has left, unless it asks for that.
{
  name = "debian-pytest-isolation";
  acceleration = "never";
  nodes = {
    server = {
      services.kept = {
        wantedBy = [ "multi-user.target" ];
        serviceConfig.ExecStart = "/usr/bin/tail -f /dev/null";
      };
      warmStart.condition = "kept.service";
    };
    client.warmStart = true;
  };
  tests = ./pytest-isolation;
}
