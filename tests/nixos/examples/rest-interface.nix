# A REST interface over PostgreSQL, used from another machine.
let
  port = 3000;
  user = "web";
  schema = "api";

  # What the database holds: a table that anybody may read, and rows that can be looked for.
  content = ''
    create role ${user} login;
    grant ${user} to authenticator;
    create schema ${schema};
    grant usage on schema ${schema} to ${user};
    create table ${schema}.books (id serial primary key, title text not null, year integer);
    insert into ${schema}.books (title, year) values ('The Dispossessed', 1974), ('Solaris', 1961);
    grant select on ${schema}.books to ${user};
  '';
in
{
  name = "rest-interface";

  nodes = {
    server =
      { config, pkgs, ... }:
      {
        networking.firewall.allowedTCPPorts = [ port ];

        services.postgresql = {
          enable = true;
          initialScript = pkgs.writeText "content.sql" ("create role authenticator noinherit login;" + content);
          # Programs on this machine are who they say they are.
          authentication = pkgs.lib.mkForce "local all all trust";
        };

        systemd.services.postgrest = {
          description = "REST interface of the database";
          wantedBy = [ "multi-user.target" ];
          after = [ "postgresql.service" ];
          serviceConfig = {
            User = "postgrest";
            DynamicUser = true;
            Restart = "on-failure";
            ExecStart = "${pkgs.lib.getExe pkgs.haskellPackages.postgrest} ${pkgs.writeText "postgrest.conf" ''
              db-uri = "postgres://authenticator@/postgres?host=/run/postgresql&port=${toString config.services.postgresql.settings.port}"
              db-schemas = "${schema}"
              db-anon-role = "${user}"
              server-port = ${toString port}
            ''}";
          };
        };
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
      import json

      start_all()

      server.wait_for_unit("postgresql.service")
      server.wait_for_unit("postgrest.service")
      server.wait_for_open_port(${toString port})
      client.wait_for_unit("network.target")

      def books(query: str) -> list[str]:
          answer = client.succeed(f"curl --fail --silent 'http://server:${toString port}/books?{query}'")
          return [book["title"] for book in json.loads(answer)]

      with subtest("all books"):
          t.assertEqual(books("order=year"), ["Solaris", "The Dispossessed"])

      with subtest("some books"):
          t.assertEqual(books("year=gt.1970"), ["The Dispossessed"])

      with subtest("nobody may write"):
          client.fail("curl --fail --silent --data title=Emma http://server:${toString port}/books")

      with subtest("only one port is open"):
          client.fail("curl --max-time 3 http://server:${toString nodes.server.services.postgresql.settings.port}")
    '';
}
