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
          pattern = "[A-Za-z0-9][A-Za-z0-9+._-]*";
          one = "the name of a Debian package or of a wheel";
          many = "names of Debian packages or of wheels";
        };
      }
      "path"
    ];
    default = [ ];
    exampleText = ''[ "python3-dateutil" "stamina" ./queue-tests ]'';
    description = ''
      Python packages that the script can import, and that may extend the driver. A name that begins with `python3-` is that of a
      Debian package in the lock, which comes with all that it depends on. Any other name is that of a distribution on PyPI, whose
      wheel is in the lock with those that it depends on: `"backoff"` is a wheel, `"python3-backoff"` is Debian's package of the same
      module. The name says which, whatever is locked. Versions are in the lock, not here. A folder or a store path has Python
      packages in it.
    '';
  };

  meta = {
    type = "attributes";
    default = { };
    exampleText = ''{ description = "The web server answers"; }'';
    description = "Attributes that describe the derivation, as `meta` of packages does. They do not change the derivation.";
  };
}
