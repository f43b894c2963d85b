/**
  What makes a machine's configuration that of its snapshot: it sees nothing of the host, and has nothing that tells it
  from others with the same definition.

  Type: { machine :: NixOS configuration } -> module
*/
{ machine }:
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config) virtualisation;
  hostPkgs = virtualisation.host.pkgs;
  label = "nix-store";
  # What the start script of NixOS makes of them, too.
  registration = hostPkgs.closureInfo { rootPaths = virtualisation.additionalPaths; };
  image = import ./store-image.nix {
    inherit hostPkgs label;
    rootPaths = virtualisation.additionalPaths ++ [ registration ];
  };

  cards = import ../../lib/nixos/interfaces.nix { inherit lib; } machine;
  devices = map (card: "sys-subsystem-net-devices-${card.name}.device") cards;
  addressed = lib.filter (
    name: machine.networking.interfaces.${name}.ipv4.addresses or [ ] != [ ]
  ) (map (card: card.name) cards);
  ownNames =
    let
      inherit (machine.networking) hostName domain;
    in
    [ hostName ] ++ lib.optional (domain != null) "${hostName}.${domain}";

  folder = "/run/rehearse";
  link = name: {
    source = lib.mkForce "${folder}/${name}";
    mode = lib.mkForce "direct-symlink";
  };
in
{
  _file = ./snapshot-system.nix;

  testing.warmStart.isSaved = true;

  virtualisation = {
    sharedDirectories = lib.mkForce { };
    mountHostNixStore = lib.mkForce false;
    # Not made anew at each start: a snapshot goes on with the one that it had.
    useNixStoreImage = lib.mkForce false;
    writableStore = lib.mkOverride 1400 machine.virtualisation.writableStore;
    fileSystems = {
      "/nix/.ro-store" = {
        device = "/dev/disk/by-label/${label}";
        fsType = "erofs";
        neededForBoot = true;
        options = [ "ro" ];
      };
      "/nix/store" =
        if virtualisation.writableStore then
          {
            overlay = {
              lowerdir = [ "/nix/.ro-store" ];
              upperdir = "/nix/.rw-store/upper";
              workdir = "/nix/.rw-store/work";
            };
          }
        else
          {
            device = "/nix/.ro-store";
            fsType = "none";
            options = [ "bind" ];
          };
    };
    qemu = {
      # After all others, so that disks keep their names.
      drives = lib.mkAfter [
        {
          name = label;
          file = "${image}/store.img";
          driveExtraOpts = {
            format = "raw";
            readonly = "on";
          };
          deviceExtraOpts.serial = label;
        }
      ];
      options = lib.mkIf pkgs.stdenv.hostPlatform.isx86 [ "-device vmgenid,guid=auto" ];
    };
    # Those from the host may be taken, and are not of the guest.
    forwardPorts = lib.mkForce (
      lib.filter (rule: rule.from == "guest") machine.virtualisation.forwardPorts
    );
  };

  system.name = lib.mkForce "machine";
  networking = {
    hosts = lib.mkOverride 10 (lib.mapAttrs (_: lib.subtractLists ownNames) machine.networking.hosts);
    # Cards whose addresses come later must not be given others meanwhile.
    interfaces = lib.genAttrs addressed (_: {
      useDHCP = lib.mkOverride 1400 false;
    });
  };

  # Each boot makes them, without the names of any test; switching to another configuration does not touch them.
  environment.etc = {
    hostname = link "hostname";
    hosts = link "hosts";
  };
  # Of newer releases, where systemd is the first stage: it has a name before that one, too.
  boot.initrd.systemd.contents."/etc/hostname".text = lib.mkForce config.system.name;
  systemd.tmpfiles.rules = [
    "f ${folder}/hostname 0644 root root -"
    "C ${folder}/hosts 0644 root root - ${pkgs.concatText "hosts" config.networking.hostFiles}"
  ];
  # Of older releases: it would set the name.
  system.activationScripts.hostname = lib.mkForce "";

  # A machine that boots finds in the firmware which it is. Where it does not, it is about to be saved.
  systemd.services.rehearse-identity = {
    description = "Name and addresses that this machine has in its test";
    wantedBy = [ "multi-user.target" ];
    wants = [ "network-pre.target" ] ++ devices;
    after = [ "systemd-tmpfiles-setup.service" ] ++ devices;
    before = [
      "network-pre.target"
      "shutdown.target"
    ];
    conflicts = [ "shutdown.target" ];
    unitConfig.DefaultDependencies = false;
    serviceConfig = {
      Type = "oneshot";
      RemainAfterExit = true;
    };
    restartIfChanged = false;
    path = [
      pkgs.iproute2
      pkgs.kmod
    ];
    script = ''
      modprobe qemu_fw_cfg
      script=/sys/firmware/qemu_fw_cfg/by_name/opt/rehearse/identity/raw
      if [ -e "$script" ]; then
        ${pkgs.runtimeShell} "$script" "$(date +%s.%N)"
      fi
    '';
  };
}
