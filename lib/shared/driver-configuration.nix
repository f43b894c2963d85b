/**
  The JSON document that tells the driver about a test. Nothing else in Nix knows its keys, which are those of the driver's
  `configuration.py`.

  Names of functions in `builtins` only, for use without nixpkgs.

  Type: {
    test :: { name, acceleration, machines, globalTimeout, ... } -> attribute set;   the document
    machine :: { startCommand, vlans, memorySize, cores, ... } -> attribute set;      one of its `machines`
    container :: { startCommand, ... } -> attribute set;   the `asContainer` of a machine that is QEMU or a container
    limits :: { memorySize, cores, required } -> attribute set;   the `limits` of a container
    variant :: { startCommand, memorySize, cores, values, disk, ... } -> attribute set;   one of the `variants` of a machine
  }

  What is left out, or null at the top of a part, has the driver's default.

  Example: (import ./driver-configuration.nix).test {
    name = "ping";
    acceleration = { policy = "never"; kernel = null; qemu = "qemu-system-x86_64"; };
    machines.a = machine { startCommand = [ "run-a-vm" ]; vlans = [ 1 ]; memorySize = 512; cores = 1; };
  }
*/
let
  inherit (builtins)
    attrNames
    attrValues
    concatMap
    concatStringsSep
    fromJSON
    lessThan
    listToAttrs
    map
    sort
    ;

  resources = import ./resources.nix;

  # The keys of the document by the attributes of Nix.
  boot = {
    cores = "cores";
    memorySize = "memory_mib";
    startCommand = "start_command";
    warmStart = "warm_start";
  };
  keys = {
    container = {
      limits = "limits";
      startCommand = "start_command";
    };
    limits = {
      cores = "cores";
      memorySize = "memory_mib";
      required = "required";
    };
    machine = boot // {
      aliases = "aliases";
      asContainer = "as_container";
      container = "container";
      disk = "disk";
      graphics = "graphics";
      guestAgent = "guest_agent";
      limits = "limits";
      memoryInFile = "memory_in_file";
      powerCuts = "power_cuts";
      recordScreen = "record_screen";
      ssh = "ssh";
      variant = "variant";
      variants = "variants";
      vlans = "vlans";
      vsockNumber = "vsock_number";
    };
    variant = boot // {
      disk = "disk";
      values = "values";
    };
    test = {
      acceleration = "acceleration";
      compatibility = "compatibility";
      containerImages = "container_images";
      failOn = "fail_on";
      globalTimeout = "global_timeout_seconds";
      isolation = "isolation";
      machines = "machines";
      name = "name";
      pythonPath = "python_path";
      tesseract = "tesseract";
    };
  };

  part =
    kind: given:
    let
      unknown = attrNames (removeAttrs given (attrNames keys.${kind}));
    in
    if unknown != [ ] then
      throw "rehearse: the driver's configuration of a ${kind} has no attribute ${concatStringsSep ", " (map (name: "`${name}`") unknown)}; it has ${concatStringsSep ", " (attrNames keys.${kind})}."
    else
      listToAttrs (
        concatMap (
          name:
          if given.${name} == null then
            [ ]
          else
            [
              {
                name = keys.${kind}.${name};
                value = given.${name};
              }
            ]
        ) (attrNames given)
      );

  # Each network once, in ascending order.
  networks =
    machines:
    sort lessThan (
      map fromJSON (
        attrNames (
          listToAttrs (
            map (vlan: {
              name = toString vlan;
              value = vlan;
            }) (concatMap (machine: machine.vlans) (attrValues machines))
          )
        )
      )
    );
in
{
  container = part "container";
  limits = part "limits";
  variant = part "variant";
  machine = part "machine";
  test =
    given:
    part "test" given
    // {
      schema_version = 1;
      admission = {
        # One path for all versions of this project, so that drivers of different ones see one another's claims.
        ledger = "${builtins.toFile "rehearse-admission-1" "Drivers lock this file to tell one another what their machines may use (docs/admission.md).\n"}";
        overhead_mib = resources.overheadMiB;
      };
      vlans = networks given.machines;
    };
}
