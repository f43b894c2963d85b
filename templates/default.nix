/**
  Beginnings of projects, for `nix flake init -t rehearse#<name>`: a table of contents.

  Type: { <name> = { path, description, welcomeText }; }
*/
let
  # Nix shows the text as Markdown.
  template = description: path: test: {
    inherit path description;
    welcomeText = ''
      - Run the test: `nix build .#checks.x86_64-linux.${test} -L`
      - Run all tests: `nix flake check -L`
      - Try things out in it: `nix run .#${test}.driverInteractive`
    '';
  };
  # A tutorial of docs/tutorials, whose test is the check seed-<name> of this project, too (tests/seeds.nix).
  tutorial =
    description: path: name:
    let
      test = template description path "seed-${name}";
    in
    test
    // {
      welcomeText = ''
        - The page that explains it: docs/tutorials/${name}.md of rehearse
        - Fetch Debian's packages: `nix run .#debian -- fetch`
      ''
      + test.welcomeText;
    };
  ofDebian = template "A web server and a client, made from Debian packages" ./debian "web";
  ofPytest = template "Tests of two Debian machines in files of pytest" ./pytest "web";
  minimal = template "A test of one machine" ./minimal "hello";
in
{
  inherit minimal;
  default = minimal;
  debian = ofDebian // {
    welcomeText = ''
      - Fetch Debian's packages: `nix run .#debian -- fetch`
    ''
    + ofDebian.welcomeText;
  };
  pytest = ofPytest // {
    welcomeText = ''
      - Fetch Debian's packages: `nix run rehearse#debian -- fetch`
    ''
    + ofPytest.welcomeText
    + ''
      - Run tests while you write them: `nix run .#web.pytest -- -k page`
      - The same in a shell: `nix develop --command pytest -k page`
    '';
  };
  ci = template "Tests that CI runs: GitHub Actions, GitLab, Hydra, buildbot-nix, cron" ./ci "web" // {
    welcomeText = ''
      - Write the lock file, which CI reads: `nix flake lock`
      - Fetch Debian's packages: `nix run .#debian -- fetch`
      - Run all tests: `nix run . -- test .#checks.x86_64-linux`
      - Build the page of all tests: `nix build .#hydraJobs.suite`
    '';
  };
  two-machines = template "A server and a client, on Linux and macOS computers" ./two-machines "web";
  flake-parts = template "Tests in a flake that is made with flake-parts" ./flake-parts "ping";
  checks-imports = template "Tests in files of their own, written for nixpkgs' functions" ./checks-imports "simple";
  tutorial-end-to-end =
    tutorial "A ledger behind nginx, tested from another machine" ./tutorial-end-to-end
      "end-to-end";
  tutorial-epics =
    tutorial "An EPICS IOC and a simulated power supply" ./tutorial-epics
      "epics";
  tutorial-desktop = tutorial "A desktop with Firefox, which shows pages of another machine" ./tutorial-desktop "desktop";
  tutorial-ping = tutorial "Two machines that ping each other" ./tutorial-ping "ping";
  tutorial-random-network =
    tutorial "Random networks of machines that are switched on and off" ./tutorial-random-network
      "random-network";
  tutorial-rest = tutorial "A REST interface over PostgreSQL, and a client" ./tutorial-rest "rest";
}
