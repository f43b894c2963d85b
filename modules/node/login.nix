# Root logs in without a password, for people at a machine's terminal, and its screen can be asked for windows.
{ lib, options, pkgs, ... }:
{
  users.users.root.hashedPasswordFile = lib.mkOverride 150 "${pkgs.writeText "hashed-password.root" ""}";

  # `get_window_names` asks it.
  environment.systemPackages = [ (pkgs.xwininfo or pkgs.xorg.xwininfo) ];

  services = lib.optionalAttrs (options ? services.displayManager.logToJournal) {
    displayManager.logToJournal = true;
  };
}
