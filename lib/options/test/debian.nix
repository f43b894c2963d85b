# Options of a test of Debian machines alone, as `lib.debian.runTest` takes it.
{
  name = {
    type.matching = {
      pattern = "[A-Za-z0-9+._?=-]+";
      one = "part of a store path: a string of letters, digits and + - . _ ? =";
      many = "parts of a store path";
    };
    required = true;
    example = "two-machines";
    description = ''
      Name of the test in its log, in its report, and in the derivation `vm-test-run-<name>`: letters, digits and
      `+ - . _ ? =`.
    '';
  };

  nodes = {
    type.lazyAttrsOf = "debianNode";
    default = { };
    exampleText = ''
      {
        server.packages = [ "nginx" ];
        client = { };
      }
    '';
    description = ''
      Machines of the test by name: each an attribute set with the options of a Debian node. The name is the host name on the
      network and the variable in the script.
    '';
  };

  containers = {
    type.lazyAttrsOf = "debianContainer";
    default = { };
    exampleText = ''
      {
        database.packages = [ "postgresql" ];
      }
    '';
    description = ''
      Machines of the test by name, as `nodes` are, but containers of systemd-nspawn: each an attribute set with the options of a
      Debian container. They start within a second, run at the speed of the computer that runs the test, and share its kernel. They
      are numbered, addressed and named together with `nodes`, and are on the same networks. The test must run as root; a build
      needs Nix' feature `uid-range`, and `/dev/net/tun` in its sandbox.
    '';
  };

  extraPythonPackages = {
    type.listOf.either = [
      {
        matching = {
          pattern = "[a-z0-9][a-z0-9+.-]+";
          one = "the name of a Debian package";
          many = "names of Debian packages";
        };
      }
      "path"
    ];
    default = [ ];
    exampleText = ''[ "python3-dateutil" ./queue-tests ]'';
    description = ''
      Python packages that the script can import, and that may extend the driver: names of Debian packages in the lock, and folders
      or store paths with Python packages.
    '';
  };

  meta = {
    type = "attributes";
    default = { };
    exampleText = ''{ description = "The web server answers"; }'';
    description = "Attributes that describe the derivation, as `meta` of packages does. They do not change the derivation.";
  };
}
