/**
  Turn machines and a script, or tests of pytest, into a derivation: building it boots the machines and runs these against them.

  Type: { name, nodes, testScript or tests, ... } -> derivation, with passthru `report`, `attempts`, `repeat`, `flaky`,
  `resources`, `driver`, `driverInteractive`, `testbed`, `nodes`, `config`, and with tests `pytest` and `files`

  Example: runTest { name = "ping"; nodes = { a = { }; b = { }; }; testScript = "a.succeed('ping -c 1 b')"; }
*/
{
  build,
  driverWith,
  images,
  machines,
  tools,
}:
given:
let
  runTest = import ./run-test.nix {
    inherit
      build
      driverWith
      images
      machines
      tools
      ;
  };
  inherit (builtins)
    attrNames
    attrValues
    isFunction
    isString
    mapAttrs
    toJSON
    ;

  what = if isString given.name or null then "test `${given.name}`" else "a test";
  fail = message: throw "rehearse: ${what}: ${message}";

  # What the user gave, checked, and the defaults of what was not given.
  given' = import ../options/checked.nix {
    noun = "option";
    options = (import ../options/test).debian;
  } what given;
  options = given' // {
    flaky = import ../shared/flaky.nix what given'.flaky;
  };
  inherit (options) acceleration meta name testScript;
  # Also what this test does not use: a wrong value is refused, whatever else is set.
  areChecked = builtins.foldl' (_: option: builtins.seq option true) true (attrValues options);

  evaluated = import ./test-machines.nix { inherit fail machines; } options;

  # Where KVM is required, a node that can be a container never is one.
  mayHaveContainers =
    evaluated.containers != { }
    || acceleration != "require"
      && builtins.any (node: node.backend == "auto") (attrValues evaluated.nodes);

  # A function that names its arguments gets those alone.
  script =
    let
      named = builtins.functionArgs testScript;
      all = { inherit (evaluated) containers nodes; };
    in
    if isFunction testScript then
      testScript (if named == { } then all else builtins.intersectAttrs named all)
    else
      testScript;
  scriptSource = import ../shared/script-source.nix script;
  checkedScript =
    if content.folder != null then
      ""
    else if isString script then
      script
    else if builtins.isPath script then
      builtins.readFile script
    else
      fail "the function `testScript` returns Python source or a file with it, but ${(import ../options/types.nix).shown script} was returned.";

  # Of a test without a name, that is what is said first.
  content = builtins.seq name (import ../shared/test-content.nix) {
    fail = problem: throw "rehearse: ${what}${problem}";
    hasScript = testScript != null;
    script = {
      testScript = checkedScript;
      scriptSource = toString scriptSource;
    };
    inherit (options) pytest tests;
  };

  debugFlags =
    if options.enableDebugHook then
      "--debug-hook-attach ${driver}/bin/nixos-test-attach --debug-hook-timeout ${toString options.debugHookTimeout}"
    else
      "";
  checkFlags = "${if options.skipLint then "--skip-lint" else ""} ${if options.skipTypeCheck then "--skip-type-check" else ""}";
  scriptCheck = build (
    common
    // content.attributes
    // {
      name = "check-script-${name}";
      script = ../shared/check-script.sh;
      # Only the names in them count: without their context, no image is built for the check.
      configuration = builtins.unsafeDiscardStringContext common.configuration;
      inherit checkFlags;
    }
    // (if content.attributes ? testScript then {
      testScript = builtins.unsafeDiscardStringContext content.attributes.testScript;
    } else { })
  );

  python = import ./python-packages.nix { inherit fail tools; } options;
  driver = driverWith python.tree;

  driverConfiguration = (import ../shared/driver-configuration.nix).test {
    inherit (options) compatibility failOn globalTimeout name;
    acceleration = {
      policy = acceleration;
      kernel = "${images.kernel "trixie"}/vmlinux";
      qemu = "${tools.host}/bin/qemu-system-x86_64";
    };
    isolation = if options.pytest.isolation == "restore" then null else options.pytest.isolation;
    tesseract = if options.enableOCR then "${python.tree}/bin/tesseract" else null;
    containerImages = import ./image-holder.nix { inherit build tools; } (attrValues evaluated.all);
    machines = mapAttrs (_: node: node.driverMachine) evaluated.all;
    pythonPath = if python.folders == [ ] then null else python.folders;
  };

  common = {
    inherit driver;
    testFiles = ../shared/test-files.sh;
    # The check of the script needs them, and its configuration has lost their context.
    pythonPath = python.folders;
    passAsFile = [ "configuration" ] ++ (if testScript == null then [ ] else [ "testScript" ]);
    configuration = if areChecked then toJSON driverConfiguration else null;
  };
  flags = import ../shared/shell-arguments.nix options.extraDriverArgs;
  program =
    more:
    build (
      common
      // content.attributes
      // {
        name = "nixos-test-driver";
        script = ../shared/test-program.sh;
        flags = "${flags} ${more}";
      }
    )
    // {
      meta.mainProgram = "nixos-test-driver";
    };

  run =
    attributes:
    build (
      common
      // {
        script = ../shared/run-test.sh;
        inherit checkFlags;
        flags = "${flags} ${debugFlags}";
        requiredSystemFeatures =
          (if acceleration == "require" && evaluated.nodes != { } then [ "kvm" ] else [ ])
          ++ (
            if mayHaveContainers then
              # Users of the containers, and their network cards.
              [
                "uid-range"
                "devnet"
              ]
            else
              [ ]
          );
      }
      // attributes
    );
  resources = (import ../shared/resources.nix).of {
    machines = mapAttrs (_: node: node.driverMachine) evaluated.all;
    disks = builtins.map (node: node.writableDisks or 0) (attrValues evaluated.all);
  };
  runs = import ./test-runs.nix {
    inherit
      build
      options
      resources
      run
      ;
    inherit (content) attributes files;
  };

  inherit
    (import ./testbed.nix {
      inherit build driver options;
      inherit (content) folder;
      attributes = common // { inherit flags; };
    })
    pytest
    testbed
    ;
in
runs.test
// options.passthru
// (if content.folder == null then { } else { inherit pytest; })
// (if content.files == null then { } else { inherit (runs) files; })
// {
  inherit
    meta
    resources
    scriptCheck
    testbed
    ;
  inherit (options) flaky;
  /** Further runs: `repeat 3` has three, and `repeat."1"` to `repeat."1000"` are attributes. */
  inherit (runs)
    attempts
    repeat
    report
    test
    ;
  inherit (evaluated) containers nodes;
  inherit driverConfiguration;
  config = import ./test-config.nix {
    inherit driverConfiguration options what;
    inherit (evaluated) containers nodes;
    testScriptString = checkedScript;
    testScriptSource = scriptSource;
  };
  /** The driver with this test, that runs it when called: bin/nixos-test-driver. */
  driver = program debugFlags;
  /** The same with a Python prompt. */
  driverInteractive =
    if options.interactive == { } then
      program "--interactive"
    else
      (runTest (import ./merge.nix (removeAttrs given [ "interactive" ]) options.interactive)).driverInteractive;
}
