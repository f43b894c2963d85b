# PostgreSQL and a REST interface on one machine, and a client on another.
let
  # Each name stands here once, for the machines and for the script.
  database = "postgres";
  schema = "api";
  table = "todos";
  username = "authenticator";
  password = "mysecretpassword";
  webRole = "web_anon";
  port = 3000;
in
{
  name = "seed-rest";

  nodes = {
    server = {
      packages = [
        "postgresql"
        "python3-psycopg2"
      ];

      # The system user has the name of the database's user.
      users.${username}.shell = "/usr/sbin/nologin";

      files = {
        "/srv/rest.py" = builtins.readFile ./rest.py;
        "/etc/initial-script.sql" = ''
          create schema ${schema};

          create table ${schema}.${table} (
              id serial primary key,
              done boolean not null default false,
              task text not null,
              due timestamptz
          );

          insert into ${schema}.${table} (task) values ('finish tutorial 0'), ('pat self on back');

          create role ${webRole} nologin;
          grant usage on schema ${schema} to ${webRole};
          grant select on ${schema}.${table} to ${webRole};

          create role ${username} inherit login password '${password}';
          grant ${webRole} to ${username};
        '';
      };

      # Debian's PostgreSQL starts by itself. This fills it when it has started.
      services.initial-script = {
        after = [ "postgresql.service" ];
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
          User = "postgres";
          ExecStart = "/usr/bin/psql --set ON_ERROR_STOP=1 --single-transaction --file /etc/initial-script.sql ${database}";
        };
      };

      services.rest = {
        description = "REST interface of the database";
        wantedBy = [ "multi-user.target" ];
        after = [ "initial-script.service" ];
        requires = [ "initial-script.service" ];
        environment = {
          PORT = port;
          DATABASE = "postgres://${username}:${password}@localhost/${database}";
          SCHEMA = schema;
          WEB_ROLE = webRole;
        };
        serviceConfig = {
          User = username;
          ExecStart = "/usr/bin/python3 /srv/rest.py";
        };
      };
    };

    # The client.
    client.packages = [ "curl" ];
  };

  testScript = ''
    import json

    start_all()

    server.wait_for_unit("rest.service")
    server.wait_for_open_port(${toString port})

    expected = [
        {"id": 1, "done": False, "task": "finish tutorial 0", "due": None},
        {"id": 2, "done": False, "task": "pat self on back", "due": None},
    ]

    actual = json.loads(
        client.succeed("curl --fail --silent --show-error http://server:${toString port}/${table}")
    )

    t.assertEqual(expected, actual, "table query returns expected content")

    with subtest("the client sees what is added to the database"):
        server.succeed(
            "runuser -u postgres -- psql --command"
            " \"insert into ${schema}.${table} (task) values ('write a test')\" ${database}"
        )
        tasks = json.loads(
            client.succeed("curl --fail --silent --show-error http://server:${toString port}/${table}")
        )
        t.assertEqual(
            [task["task"] for task in tasks],
            ["finish tutorial 0", "pat self on back", "write a test"],
        )

    with subtest("a table that does not exist is not found"):
        status = "curl --silent --output /dev/null --write-out '%{http_code}'"
        t.assertEqual(client.succeed(f"{status} http://server:${toString port}/nothing"), "404")
  '';
}
