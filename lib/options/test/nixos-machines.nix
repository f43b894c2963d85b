# The machines of a test of NixOS machines.
{
  name = {
    type = "string";
    required = true;
    example = "two machines ping each other";
    description = ''
      Name of the test in its log, in its report, and in the derivation `vm-test-run-<name>`. Characters that a store path
      cannot hold become a dash there.
    '';
  };

  nodes = {
    type.lazyAttrsOf = "nixosConfiguration";
    default = { };
    isShallow = true;
    exampleText = ''
      {
        server = { services.nginx.enable = true; };
        client = { pkgs, ... }: { environment.systemPackages = [ pkgs.curl ]; };
      }
    '';
    description = ''
      Machines of the test by name: each a NixOS configuration, booted in QEMU. The name is the host name on the network and the
      variable in the script. `defaults` and `nodeDefaults` are added to each.
    '';
  };

  containers = {
    type.lazyAttrsOf = "nixosConfiguration";
    default = { };
    isShallow = true;
    exampleText = ''
      {
        cache = { services.redis.servers."".enable = true; };
      }
    '';
    description = ''
      Machines of the test by name, as `nodes` are, but containers of systemd-nspawn. They start within 2 seconds and share the
      kernel of the computer that runs the test. They are numbered, addressed and named together with `nodes`, and are on the
      same networks. The test must run as root; a build needs Nix' feature `uid-range`, and `/dev/net/tun` in its sandbox.
    '';
  };

  debian = {
    type.lazyAttrsOf = "debianNode";
    default = { };
    exampleText = ''
      {
        client.packages = [ "curl" ];
      }
    '';
    description = ''
      Machines of the test by name, made from Debian packages: each an attribute set with the options of a Debian node. They are
      numbered, addressed and named together with `nodes`. A script that is a function can ask for `debian`.
    '';
  };

  debianLock = {
    type = "path";
    defaultText = "the lock of this project";
    exampleText = "./debian.lock.json";
    description = "Lock file of the packages that `debian` machines may have, made with `rehearse-debian lock`.";
  };

  defaults = {
    type = "module";
    default = { };
    example.virtualisation.memorySize = 2048;
    description = "NixOS configuration that is added to every machine of the test, `nodes` and `containers`.";
  };

  nodeDefaults = {
    type = "module";
    default = { };
    example.virtualisation.cores = 2;
    description = "NixOS configuration that is added to all `nodes`.";
  };

  containerDefaults = {
    type = "module";
    default = { };
    example.services.openssh.enable = true;
    description = "NixOS configuration that is added to all `containers`.";
  };

  extraBaseModules = {
    type = "module";
    default = { };
    example.boot.kernelParams = [ "nokaslr" ];
    description = ''
      NixOS configuration that is added to every machine as `defaults` is, and also to the specialisations that do not inherit
      the machine's configuration (`inheritParentConfig = false`).
    '';
  };

  extraBaseNodeModules = {
    type = "module";
    default = { };
    example.boot.kernelParams = [ "nokaslr" ];
    description = "The same as `extraBaseModules`, for `nodes` only.";
  };
}
