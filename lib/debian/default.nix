/**
  Machines made from Debian packages, without nixpkgs.

  Type: { system :: string, lock :: path } -> attribute set

  Example: (import ./lib/debian { }).runTest { name = "ping"; nodes = { a = { }; }; testScript = "a.succeed('true')"; }
*/
{
  system ? "x86_64-linux",
  lock ? ./debian.lock.json,
}:
let
  pinned = import ./lock.nix { inherit lock system; };
  packages = import ./packages.nix { inherit pinned system; };
  build = import ./build.nix {
    inherit system;
    inherit (packages) busybox;
  };
  trees = import ./tools.nix { inherit build packages; };
  tools = trees // {
    wheelModules = import ./wheel-modules.nix {
      inherit build;
      tools = trees;
      wheels = import ./wheels.nix { inherit packages pinned system; };
    };
  };
  images = import ./images.nix { inherit build packages tools; };
  driverWith = import ./driver.nix { inherit build tools; };
  driver = driverWith tools.host;
  machines = import ./machines.nix {
    inherit
      build
      driver
      images
      tools
      ;
  };
in
{
  /** Turn machines and a script into a derivation that runs the test; see `run-test.nix`. */
  runTest = import ./run-test.nix {
    inherit
      build
      driverWith
      images
      machines
      tools
      ;
  };

  /** Machines of a test with others; see `machines.nix`. */
  inherit machines;

  /** The same functions over another lock file, made with `rehearse-debian lock`. */
  withLock = lock: import ./. { inherit system lock; };

  /** What `nix develop` gives to people who write tests of pytest: pytest, and Python with the driver. */
  shell = import ./shell.nix {
    inherit system tools;
    name = "rehearse-shell";
    environment = {
      PATH = "${driver}/python/bin:${driver}/bin";
      # Editors ask Python for its path, and start it there without the programs above.
      PYTHONPATH = "${driver}/lib:${tools.script}/usr/lib/python3/dist-packages";
    };
  };

  /** What it gives to people who change this project: what the checks run. `python3` takes the driver of the checkout. */
  contributorShell = import ./shell.nix {
    inherit system tools;
    name = "rehearse-contributor-shell";
    environment.PATH = "${tools.development}/bin:${tools.ruff}/bin";
  };

  /** What `nix fmt` runs; see `formatter.nix`. */
  formatter = import ./formatter.nix { inherit build tools; };

  inherit build driver tools;
}
