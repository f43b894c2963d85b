# The daemon that hands out memory and processors of a NixOS host to tests (docs/admission.md).
{
  config,
  lib,
  pkgs,
  ...
}:
let
  declare = (import ../../lib/options/declare.nix { inherit lib; }).host;
  cfg = config.services.rehearse-admission;
  folder = "/run/rehearse";
in
{
  _file = ./admission.nix;

  options = declare {
    "services.rehearse-admission.enable" = { };
    "services.rehearse-admission.memory" = { };
    "services.rehearse-admission.cores" = { };
    "services.rehearse-admission.package".default = import ../../lib/nixos/driver.nix { hostPkgs = pkgs; };
  };

  config = lib.mkIf cfg.enable {
    # The folder, not the socket: builds that began before a restart of the socket find the next one. `?`: builds also run without.
    nix.settings.extra-sandbox-paths = [ "${folder}?" ];

    systemd.sockets.rehearse-admission = {
      description = "Memory and processors for tests of machines";
      wantedBy = [ "sockets.target" ];
      # Builds only see a folder that was there when they began.
      before = [ "nix-daemon.service" ];
      socketConfig = {
        ListenStream = "${folder}/admission.socket";
        # Builders are users of their own.
        SocketMode = "0666";
        DirectoryMode = "0755";
      };
    };

    systemd.services.rehearse-admission = {
      description = "Memory and processors for tests of machines";
      requires = [ "rehearse-admission.socket" ];
      serviceConfig = {
        ExecStart = lib.escapeShellArgs [
          "${cfg.package}/bin/rehearse"
          "tokens"
          "--memory"
          (toString cfg.memory)
          "--cores"
          (toString cfg.cores)
        ];
        Restart = "always";
        # It ends by a signal, with the status that shells give it.
        SuccessExitStatus = "143 129 130";
        DynamicUser = true;
        PrivateNetwork = true;
        ProtectHome = true;
        ProtectSystem = "strict";
      };
    };
  };
}
