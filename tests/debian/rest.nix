# PostgreSQL, and a REST front end on another machine: tests in files of pytest.
{
  name = "debian-rest";
  acceleration = "never";
  nodes = {
    database = {
      packages = [ "postgresql" ];
      setup = ''
        cd /etc/postgresql/*/main
        echo "listen_addresses = '*'" >>postgresql.conf
        echo "host all all samenet trust" >>pg_hba.conf
      '';
      warmStart.condition = "postgresql.service";
      variants.kernel = [
        "trixie"
        "bookworm"
      ];
    };
    rest = {
      packages = [
        "curl"
        "gunicorn"
        "python3-psycopg2"
      ];
      files."/srv/front_end.py" = builtins.readFile ./rest-front-end.py;
      services.front-end = {
        environment.DATABASE = "host=database user=postgres connect_timeout=2";
        serviceConfig = {
          ExecStart = "/usr/bin/gunicorn --chdir /srv --bind [::]:80 front_end:application";
          Type = "notify";
        };
        wantedBy = [ "multi-user.target" ];
      };
      warmStart.condition = "front-end.service";
    };
  };
  tests = ./rest;
}
