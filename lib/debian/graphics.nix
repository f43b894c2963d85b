/**
  A graphical session on a Debian node: what it adds to the node, and what the start script needs to know.

  X.Org draws on QEMU's standard card by the kernel's driver `bochs`, and lightdm logs the user in.

  Type: what :: string -> graphics as checked by lib/options/debian-node/graphics.nix -> {
    packages :: [string]; users; files;   additions to the node
    condition :: string;                  a shell command that succeeds when the session has begun
    width, height :: int;                 of the screen in pixels
  }

  Example: (import ./graphics.nix "node `a`" { session = "openbox"; user = "alice"; resolution = "1024x768"; }).width == 1024
*/
what:
{
  session,
  user,
  resolution,
}:
let
  inherit (builtins) elemAt fromJSON map match;

  # The card has 16 MiB, and the kernel takes modes of a multiple of eight pixels.
  pixels = map fromJSON (match "([0-9]+)x([0-9]+)" resolution);
  width = elemAt pixels 0;
  height = elemAt pixels 1;
  fits = width >= 640 && height >= 480 && width * height * 4 <= 16777216 && width / 8 * 8 == width;
in
if user == "root" then
  throw "rehearse: ${what}: graphics: `user` is `root`, but lightdm logs in ordinary users only. Name one of `users`, or another name: the user is made."
else if !fits then
  throw "rehearse: ${what}: graphics: `resolution` is ${builtins.toJSON resolution}, but the screen has 640x480 pixels at least and 4194304 pixels in all at most, and its width is a multiple of 8."
else
  {
    inherit width height;

    packages = [
      "lightdm"
      "x11-utils"
      "xserver-xorg-core"
      "xserver-xorg-input-libinput"
    ]
    ++ (if session == "openbox" then [ "openbox" ] else [ ]);

    users.${user} = { };

    files = {
      # Tells the driver's `wait_for_x` for which session to wait.
      "/etc/rehearse/graphical-session" = "${session} ${user}\n";
      # Every process of the machine may show windows: the driver's commands run as root.
      "/etc/lightdm/lightdm.conf.d/50-rehearse.conf" = ''
        [LightDM]
        log-directory=/var/log/lightdm

        [Seat:*]
        autologin-user=${user}
        autologin-user-timeout=0
        autologin-session=${session}
        user-session=${session}
        xserver-command=X -ac
      '';
      # lightdm gives up when it finds no card or no logind, however slowly the two come.
      "/etc/systemd/system/lightdm.service.d/50-rehearse.conf" = ''
        [Unit]
        Wants=systemd-logind.service
        After=systemd-logind.service

        [Service]
        TimeoutStartSec=infinity
        ExecStartPre=/usr/bin/udevadm wait --timeout=300 /dev/dri/card0
      '';
      # The screen stays on, and no pixel is drawn by an emulation of OpenGL.
      "/etc/X11/xorg.conf.d/50-rehearse.conf" = ''
        Section "Device"
          Identifier "QEMU"
          Driver "modesetting"
          Option "AccelMethod" "none"
        EndSection

        Section "Module"
          Disable "glx"
        EndSection

        Section "ServerFlags"
          Option "BlankTime" "0"
          Option "StandbyTime" "0"
          Option "SuspendTime" "0"
          Option "OffTime" "0"
        EndSection

        Section "Extensions"
          Option "DPMS" "Disable"
          Option "GLX" "Disable"
        EndSection
      '';
    };

    condition = "xprop -root _NET_SUPPORTING_WM_CHECK | grep -q 0x";
  }
