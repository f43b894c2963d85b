# Option of a Debian node: its screen, as a console or with a graphical session.
{
  graphics = {
    type.either = [
      "bool"
      {
        set = {
          one = "an attribute set with `session`, `user` and `resolution`";
          many = "attribute sets with `session`, `user` and `resolution`";
          options = {
            session = {
              type.matching = {
                pattern = "[A-Za-z0-9][A-Za-z0-9._+-]*";
                one = "the name of a session";
                many = "names of sessions";
              };
              default = "openbox";
              example = "xfce";
              description = ''
                Session that begins when the machine starts: the name of a file in `/usr/share/xsessions`, without `.desktop`. `openbox`
                is there; for another one add its package to `packages`.
              '';
            };
            user = {
              type.matching = {
                pattern = "[a-z_][a-z0-9_-]*";
                one = "the name of a user";
                many = "names of users";
              };
              default = "alice";
              example = "bob";
              description = ''
                User who is logged in to the session, without a password. A user that `users` does not have is made.
              '';
            };
            resolution = {
              type.matching = {
                pattern = "[1-9][0-9]{2,3}x[1-9][0-9]{2,3}";
                one = "a size in pixels such as \"1024x768\"";
                many = "sizes in pixels such as \"1024x768\"";
              };
              default = "1024x768";
              example = "1280x800";
              description = "Width and height of the screen in pixels. The width is a multiple of 8.";
            };
          };
        };
      }
    ];
    default = false;
    exampleText = ''{ session = "openbox"; user = "alice"; }'';
    description = ''
      Screen of the machine. `true` gives it the kernel's messages and a login on tty1 (80 by 25 characters; Debian's cloud kernels
      draw no pictures); the machine starts through its BIOS then, which takes about a second longer. An attribute set gives it an X
      server with windows, a mouse pointer that follows a tablet, and a session into which a user is logged in. It boots Debian's generic kernel
      then (`kernel`), and has the packages of X.Org and lightdm.
    '';
  };
}
