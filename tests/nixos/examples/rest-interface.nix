# A REST interface over PostgreSQL on one machine, asked from another: what comes back is compared as JSON.
{ pkgs, ... }:
let
  # Each name stands here once, for the database, the interface and the script.
  database = "postgres";
  schema = "library";
  table = "books";
  login = "postgrest";
  password = "only-in-this-test";
  reader = "anybody";
  port = 3000;

  # What the server and the client have in common.
  sharedModule = {
    # Computers that run tests have no screen to show one on.
    virtualisation.graphics = false;
  };
in
{
  name = "rest-interface";

  nodes = {
    server =
      { config, pkgs, ... }:
      {
        imports = [ sharedModule ];

        networking.firewall.allowedTCPPorts = [ port ];

        services.postgresql = {
          enable = true;
          initialScript = pkgs.writeText "content.sql" ''
            create schema ${schema};
            create table ${schema}.${table} (
              id serial primary key,
              title text not null,
              lent boolean not null default false,
              back timestamptz
            );
            insert into ${schema}.${table} (title) values ('Solaris'), ('The Dispossessed');

            create role ${reader} nologin;
            grant usage on schema ${schema} to ${reader};
            grant select on ${schema}.${table} to ${reader};

            create role ${login} noinherit login password '${password}';
            grant ${reader} to ${login};
          '';
        };

        users = {
          mutableUsers = false;
          users = {
            # For people who debug the test.
            root.password = "";
            # The interface runs as a user with the name of its role in the database.
            ${login} = {
              isSystemUser = true;
              group = login;
            };
          };
          groups.${login} = { };
        };

        systemd.services.postgrest = {
          wantedBy = [ "multi-user.target" ];
          after = [ "postgresql.service" ];
          script =
            let
              configuration = pkgs.writeText "postgrest.conf" ''
                db-uri = "postgres://${login}:${password}@localhost:${toString config.services.postgresql.settings.port}/${database}"
                db-schemas = "${schema}"
                db-anon-role = "${reader}"
                server-port = ${toString port}
              '';
            in
            "exec ${pkgs.haskellPackages.postgrest}/bin/postgrest ${configuration}";
          serviceConfig = {
            User = login;
            Restart = "on-failure";
          };
        };
      };

    client = {
      imports = [ sharedModule ];
    };
  };

  # Leaves out the linter while the script is being written.
  skipLint = true;

  testScript = ''
    import json

    start_all()

    server.wait_for_open_port(${toString port})

    expected = [
        {"id": 1, "title": "Solaris", "lent": False, "back": None},
        {"id": 2, "title": "The Dispossessed", "lent": False, "back": None},
    ]
    actual = json.loads(client.succeed("${pkgs.curl}/bin/curl --fail http://server:${toString port}/${table}"))

    assert expected == actual, "the interface returns the rows of the table"
  '';
}
