/**
  What is wrong with arguments that a machine of a test gives QEMU: those that replace what the framework gives.

  Names of functions in `builtins` only, for use without nixpkgs.

  Type: { debian, nixos :: [ argument ] -> [ string ] }

  An item is an argument, or, as on NixOS, several arguments of a shell. `debian` refuses whatever has an attribute, or what the
  driver depends on. `nixos` refuses only what cannot work, because nixpkgs accepts everything.

  Example: (import ./qemu-arguments.nix).debian [ "-append" "quiet" ]
*/
let
  inherit (builtins)
    concatMap
    elemAt
    filter
    genList
    hasAttr
    head
    isString
    length
    map
    match
    split
    ;

  processes = "the driver starts QEMU, watches its process and ends it";
  serial = "the first serial port is the console that the driver reads; for another one write [ \"-chardev\" \"...,id=x\" \"-device\" \"pci-serial,chardev=x\" ]";
  acceleration = "whether KVM is used is the option `acceleration` of the test";
  warm = "a machine begins from a snapshot with `warmStart`, or by `restore` in the script";
  end = "the driver decides what a reboot and a power-off do: `machine.start(allow_reboot=True)`";

  # By argument: what to write instead.
  always = {
    daemonize = processes;
    preconfig = processes;
    incoming = warm;
    S = "the driver starts the processors; `machine.pause()` stops them";
  };
  ofDebian = always // {
    accel = acceleration;
    action = end;
    append = "write `kernelParameters`";
    display = "write `graphics`; a person at the prompt sees the screen";
    enable-kvm = acceleration;
    initrd = "write `kernel`";
    kernel = "write `kernel`";
    loadvm = warm;
    m = "write `memorySize`";
    name = "the name is that of the node";
    no-reboot = end;
    no-shutdown = end;
    nographic = "write `graphics`";
    serial = serial;
    smp = "write `cores`";
    snapshot = "what a machine writes is kept to the end of the test; `rollback()` in the script undoes it";
  };

  # The type of a machine, or how it is accelerated; other properties are added to ours.
  replacesMachine = value: match "([^=,]+|.*(^|,)(type|accel|kernel|initrd|append|firmware)=.*)(,.*)?" value != null;
  ofMachine = "the driver and the images depend on the type `pc`, and ${acceleration}; other properties, such as \"mem-merge=off\", are accepted";

  # An item is an argument, or the arguments of a shell for one and its value.
  itemsOf = text: filter (item: isString item && item != "") (split "[ \t\n]+" text);
  firstOf = items: if items == [ ] then "" else head items;
  # QEMU takes two hyphens for one.
  nameOf =
    argument:
    let
      found = match "--?([A-Za-z][A-Za-z-]*)" argument;
    in
    if found == null then null else head found;
  refuse = argument: reason: "`${argument}` cannot be an argument of QEMU: ${reason}.";

  problems =
    table: machineType: options:
    concatMap (
      index:
      let
        items = itemsOf (elemAt options index);
        argument = firstOf items;
        name = nameOf argument;
        value =
          if length items > 1 then
            elemAt items 1
          else if index + 1 < length options then
            elemAt options (index + 1)
          else
            "";
      in
      if name == null then
        [ ]
      else if hasAttr name table then
        [ (refuse argument table.${name}) ]
      else if (name == "machine" || name == "M") && machineType && replacesMachine value then
        [ (refuse "${argument} ${value}" ofMachine) ]
      else
        [ ]
    ) (genList (index: index) (length options));
in
{
  debian =
    options:
    problems ofDebian true options
    ++ map (option: "${builtins.toJSON option} in `qemu.options` has a line break: an argument is one line.") (
      filter (option: match ".*\n.*" option != null) options
    );
  nixos =
    options:
    let
      appends = filter (option: nameOf (firstOf (itemsOf option)) == "append") options;
    in
    problems always false options
    # One of them is the framework's own, with the system to boot.
    ++ (
      if length appends > 1 then
        [ (refuse "-append" "it would replace the parameters that boot the machine; write `boot.kernelParams`") ]
      else
        [ ]
    );
}
