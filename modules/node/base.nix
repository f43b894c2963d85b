# What would make a test be run again although nothing that it tests has changed, or cost time for nothing.
{
  config,
  lib,
  options,
  ...
}:
{
  documentation.nixos.enable = false;

  # A commit to nixpkgs is no reason. The release number stays: modules look at it.
  system.nixos = {
    revision = lib.mkForce "constant-nixos-revision";
    versionSuffix = lib.mkForce "test";
    label = lib.mkForce "test";
  };
  # Programs that switch to another configuration, only where there is one to switch to. NixOS of August 2024 always has them.
  system.switch = lib.mkIf (options ? isSpecialisation) {
    enable = lib.mkDefault (
      config.isSpecialisation
      || config.specialisation != { }
      || config.virtualisation.installBootLoader or false
    );
  };
  system.stateVersion = lib.mkOverride 1200 lib.trivial.release;

  services.logrotate.enable = lib.mkOverride 150 false;
}
