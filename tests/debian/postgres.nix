# A real PostgreSQL server with a table, and a client on another machine.
{
  name = "debian-postgres";
  nodes = {
    server = {
      packages = [ "postgresql" ];
      memorySize = 768;
      setup = ''
        cd /etc/postgresql/*/main
        echo "listen_addresses = '*'" >> postgresql.conf
        echo "host all all samenet trust" >> pg_hba.conf
      '';
    };
    client.packages = [ "postgresql-client" ];
  };
  testScript = ''
    start_all()
    server.wait_for_unit("postgresql.service")
    server.wait_for_open_port(5432)
    with subtest("a table on the server"):
        server.succeed(
            "runuser -u postgres -- psql -v ON_ERROR_STOP=1"
            " -c 'create table roles (name text primary key, lines int)'"
            " -c \"insert into roles values ('Hamlet', 1506), ('Ophelia', 173)\""
        )
    query = "psql --host server --username postgres --tuples-only --no-align"
    with subtest("the client reads it"):
        total = client.succeed(f"{query} --command 'select sum(lines) from roles'")
        t.assertEqual(total.strip(), "1679")
    with subtest("the client writes to it"):
        client.succeed(f"{query} --command \"update roles set lines = 0 where name = 'Hamlet'\"")
        left = server.succeed("runuser -u postgres -- psql -At -c 'select sum(lines) from roles'")
        t.assertEqual(left.strip(), "173")
  '';
}
