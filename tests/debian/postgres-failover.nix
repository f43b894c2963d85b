# PostgreSQL with a synchronous standby: the primary is cut off, or loses its power; the standby takes over, and no
# acknowledged row is lost.
let
  server = {
    packages = [ "postgresql" ];
    setup = ''
      cd /etc/postgresql/*/main
      # What was the primary can follow the new one (pg_rewind) if changes of hint bits are logged, and the log is kept.
      cat >>postgresql.conf <<'END'
      listen_addresses = '*'
      wal_log_hints = on
      wal_keep_size = 256MB
      END
      cat >>pg_hba.conf <<'END'
      host all all samenet trust
      host replication all samenet trust
      END
    '';
    warmStart.condition = "postgresql.service";
    powerCuts = true;
  };
in
{
  name = "debian-postgres-failover";
  acceleration = "never";
  nodes = {
    first = server;
    second = server;
    client = {
      packages = [ "postgresql-client" ];
      warmStart = true;
    };
  };
  testScript = ''
    DATA = "/var/lib/postgresql/17/main"
    UNIT = "postgresql@17-main.service"


    def psql(server: Machine) -> str:
        return f"psql --host {server.name} --username postgres --quiet -At --set ON_ERROR_STOP=1"


    def sql(server: Machine, statement: str) -> str:
        """Run a statement on a server, and give what it says."""
        return client.succeed(f'{psql(server)} --command "{statement}"').strip()


    def rows(server: Machine) -> list[int]:
        return [int(row) for row in sql(server, "select number from acts order by number").split()]


    def write(server: Machine, numbers: range, patience: int = 30) -> str:
        """Return a command that writes rows, each in a transaction, and prints what was acknowledged."""
        return (
            f"for number in $(seq {numbers.start} {numbers.stop - 1}); do"
            f" timeout {patience} {psql(server)} --command \"insert into acts values ($number)\""
            " && echo $number; done; true"
        )


    def acknowledged(output: str) -> list[int]:
        return [int(number) for number in output.split()]


    def take_over() -> None:
        """Make the second server the primary, which waits for no other."""
        second.succeed("runuser -u postgres -- psql --quiet --command 'select pg_promote()'")
        sql(second, "alter system reset synchronous_standby_names")
        sql(second, "select pg_reload_conf()")


    start_all()
    with subtest("the second server follows the first"):
        first.succeed("runuser -u postgres -- createuser --replication follower")
        second.succeed(
            f"systemctl stop {UNIT}",
            f"rm -r {DATA}",
            "runuser -u postgres -- pg_basebackup --host first --username follower"
            f" --write-recovery-conf --checkpoint fast --pgdata {DATA}",
            f"systemctl start {UNIT}",
        )
        sql(first, "create table acts (number int primary key)")
        sql(first, "alter system set synchronous_standby_names = '*'")
        sql(first, "select pg_reload_conf()")
        t.assertEqual(acknowledged(client.succeed(write(first, range(3)))), [0, 1, 2])
        t.assertEqual(sql(first, "select sync_state from pg_stat_replication"), "sync")
        t.assertEqual(rows(second), [0, 1, 2])
    checkpoint_all("replicating")

    with subtest("cut off from its follower, the primary acknowledges nothing"):
        with network.partition([first], [second]):
            t.assertEqual(acknowledged(client.succeed(write(first, range(10, 12), patience=4))), [])
            take_over()
            t.assertEqual(acknowledged(client.succeed(write(second, range(20, 23)))), [20, 21, 22])

    with subtest("healed, the first server follows the second"):
        first.succeed(
            f"systemctl stop {UNIT}",
            "runuser -u postgres -- /usr/lib/postgresql/17/bin/pg_rewind --write-recovery-conf"
            f" --target-pgdata {DATA} --config-file /etc/postgresql/17/main/postgresql.conf"
            " --source-server 'host=second user=postgres dbname=postgres'",
            f"systemctl start {UNIT}",
        )
        # What it had written without acknowledging it is gone.
        retry(lambda _: rows(first) == [0, 1, 2, 20, 21, 22], 30)

    restore_all("replicating")
    with subtest("a primary without power has lost no acknowledged row"):
        writer = client.spawn(write(first, range(100, 140), patience=4))
        for line in writer.lines():
            if line == "105":
                break
        first.power_cut()
        take_over()
        writer.kill()
        written = acknowledged(writer.wait().stdout)
        t.assertGreaterEqual(len(written), 6)
        t.assertLessEqual(set(written), set(rows(second)))

    with subtest("nor has its own disk"):
        first.wait_for_unit(UNIT)
        t.assertLessEqual(set(written), set(rows(first)))
  '';
}
