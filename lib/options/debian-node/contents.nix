# Options of a Debian node: its packages, files, units and users.
let
  units = example: description: {
    type.listOf = "unit";
    default = [ ];
    example = [ example ];
    inherit description;
  };
  section = name: example: {
    type.attrsOf.either = [
      "scalar"
      { listOf = "scalar"; }
    ];
    default = { };
    inherit example;
    description = "Settings of the section `[${name}]`. A list gives a setting several times.";
  };
  absolutePath = {
    matching = {
      pattern = "/[^ \t\n:]*[^/ \t\n:]";
      one = "an absolute path without spaces";
      many = "absolute paths without spaces";
    };
  };
in
{
  packages = {
    type.listOf = "string";
    default = [ ];
    example = [
      "nginx"
      "curl"
    ];
    description = ''
      Debian 13 packages by name. They are installed with the packages that they depend on (no Recommends) and configured when the
      image is built. Their services start with the machine. Each package is pinned in the lock file.
    '';
  };

  files = {
    type.lazyAttrsOf.either = [
      "string"
      "path"
      {
        set = {
          one = "an attribute set with `text` or `source`, and `mode`";
          many = "attribute sets with `text` or `source`, and `mode`";
          options = {
            text = {
              type.nullOr = "string";
              default = null;
              example = "hello\n";
              description = "Text of the file. Either `text` or `source` is set.";
            };
            source = {
              type.nullOr = "path";
              default = null;
              exampleText = "./web-root";
              description = "Store path of a file or a folder that is copied.";
            };
            mode = {
              type.nullOr.matching = {
                pattern = "0?[0-7]{3,4}";
                one = "an octal mode such as \"0644\"";
                many = "octal modes such as \"0644\"";
              };
              default = null;
              defaultText = "`\"0644\"` for a `text`; a `source` keeps its modes";
              example = "0755";
              description = "Mode of the file.";
            };
          };
        };
      }
    ];
    default = { };
    exampleText = ''
      {
        "/etc/motd" = "Welcome\n";
        "/usr/local/bin/run" = { source = ./run.sh; mode = "0755"; };
      }
    '';
    description = ''
      Files by absolute path: each a text, a store path, or an attribute set. They belong to root.
    '';
  };

  services = {
    type.attrsOf.set = {
      one = "a systemd unit";
      many = "systemd units";
      options = {
        text = {
          type.nullOr = "string";
          default = null;
          example = "[Service]\nExecStart=/usr/bin/true\n";
          description = "Whole unit file. The other attributes of sections have no effect then.";
        };
        description = {
          type.nullOr = "string";
          default = null;
          example = "Web server under test";
          description = "`Description=` of the unit.";
        };
        wantedBy = units "multi-user.target" "Units that want this one: it starts with them.";
        requiredBy = units "multi-user.target" "Units that require this one: they fail without it.";
        after = units "network.target" "Units that start before this one.";
        before = units "multi-user.target" "Units that start after this one.";
        requires = units "postgresql.service" "Units that this one requires.";
        wants = units "postgresql.service" "Units that this one wants.";
        environment = {
          type.attrsOf = "scalar";
          default = { };
          example.PORT = 8080;
          description = "Environment variables of the service.";
        };
        unitConfig = section "Unit" { StartLimitIntervalSec = 0; };
        serviceConfig = section "Service" { ExecStart = "/usr/bin/true"; };
      };
    };
    default = { };
    example.web = {
      wantedBy = [ "multi-user.target" ];
      serviceConfig.ExecStart = "/usr/bin/python3 -m http.server 80";
    };
    description = ''
      systemd units by name, with nixpkgs' attributes. A name without the suffix of another kind of unit is that of a service.
    '';
  };

  users = {
    type.attrsOf.set = {
      one = "a user";
      many = "users";
      options = {
        uid = {
          type.nullOr.number = {
            from = 1;
            to = 65533;
          };
          default = null;
          defaultText = "the next free number from 1000";
          example = 1500;
          description = "Number of the user.";
        };
        home = {
          type.nullOr = absolutePath;
          default = null;
          defaultText = "`/home/<name>`";
          example = "/srv/app";
          description = "Home folder. It is made from `/etc/skel` when the machine starts.";
        };
        shell = {
          type = absolutePath;
          default = "/bin/bash";
          example = "/usr/sbin/nologin";
          description = "Login shell.";
        };
        password = {
          type.nullOr.matching = {
            pattern = "[^\t\n]*";
            one = "a line without tabs";
            many = "lines without tabs";
          };
          default = null;
          example = "secret";
          description = "Password in plain text. `null` allows no login by password.";
        };
        extraGroups = {
          type.listOf.matching = {
            pattern = "[a-z_][a-z0-9_-]*";
            one = "a group";
            many = "groups";
          };
          default = [ ];
          example = [ "adm" ];
          description = "Further groups of the user.";
        };
      };
    };
    default = { };
    example.alice.extraGroups = [ "adm" ];
    description = "Users by name, besides those of the packages.";
  };

  setup = {
    type.nullOr = "string";
    default = null;
    example = "echo hello >/etc/motd";
    description = ''
      bash script that root runs in the image when the image is built, after packages, files and users. A node that has one has an
      image of its own.
    '';
  };
}
