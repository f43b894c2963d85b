/**
  Programs of the host, from Debian packages, that run from their store path.

  Nothing is patched: each program is started through its own tree's dynamic loader, by a wrapper in `bin/`.

  Type: { build, packages } -> { host, script, recognition, firmware, image, development, documentation, drawing, browser, shell, nix, ssh, ruff }
*/
{ build, packages }:
let
  tree =
    {
      name,
      suite ? "trixie",
      roots,
      extra ? [ ],
      verify,
    }:
    build {
      inherit name;
      verify = builtins.concatStringsSep "\n" verify;
      script = ./tools.sh;
      # base-files is folders and links of a whole system: its /bin would be in the way of the wrappers'.
      debs =
        packages.files suite (
          builtins.filter (package: package != "base-files") (packages.closure suite roots)
        )
        ++ extra;
    };

  driverPython = [
    "python3"
    "python3-pydantic"
    "python3-junit.xml"
    "ptpython"
  ];
  # Not in Debian 13; plain Python without dependencies, so that testing's package serves.
  qmp = packages.files "testing" [ "python3-qemu-qmp" ];
  # Neither is this one. What it needs, Pillow and python3-packaging, is in Debian 13.
  pytesseract = packages.files "testing" [ "python3-pytesseract" ];
  scriptPackages = [
    "mypy"
    "python3-hypothesis"
    "python3-pluggy"
    "python3-pyflakes"
    "python3-pytest"
    "python3-pytest-subtests"
    "python3-pytest-xdist"
  ];
  recognitionPackages = [
    "python3-packaging"
    "python3-pil"
    "tesseract-ocr"
  ];
  recognises = [
    "tesseract --list-langs"
    "python3 -c 'import PIL.Image, PIL.ImageOps, pytesseract'"
  ];
in
{
  /** What runs a test: QEMU, and the Python of the driver. */
  host = tree {
    name = "debian-host-tools";
    roots = driverPython ++ [
      "qemu-system-x86"
      "qemu-utils"
    ];
    extra = qmp;
    verify = [
      "qemu-system-x86_64 --version"
      "qemu-img --version"
      "python3 -c 'import junit_xml, ptpython, pydantic, qemu.qmp'"
    ];
  };

  /** What checks a test's script, what runs tests in files of pytest, and what both can import. Apart, because machines need none of it. */
  script = tree {
    name = "debian-script-tools";
    roots = scriptPackages;
    verify = [
      "python3 -c 'import hypothesis.stateful, mypy.api, pluggy, pyflakes.checker, pytest, pytest_subtests, xdist'"
    ];
  };

  /** The driver's Python with further packages: [name], and whether it reads text on screens -> derivation. */
  python =
    names: recognition:
    tree {
      name = "debian-python-tools";
      roots = driverPython ++ names ++ (if recognition then recognitionPackages else [ ]);
      extra = qmp ++ (if recognition then pytesseract else [ ]);
      verify = [
        "python3 -c 'import junit_xml, ptpython, pydantic, qemu.qmp'"
      ]
      ++ (if recognition then recognises else [ ]);
    };

  /** The modules of these packages, and of what they need besides what the driver has: [name] -> derivation. */
  pythonModules =
    names:
    let
      own = packages.closure "trixie" (driverPython ++ scriptPackages);
    in
    build {
      name = "debian-python-modules";
      script = ./python-modules.sh;
      debs = packages.files "trixie" (
        builtins.filter (package: builtins.elem package names || !builtins.elem package own) (
          packages.closure "trixie" names
        )
      );
    };

  /** The driver's Python with what reads text on screens. Apart, because few tests look at a screen. */
  recognition = tree {
    name = "debian-recognition-tools";
    roots = driverPython ++ recognitionPackages;
    extra = qmp ++ pytesseract;
    verify = recognises ++ [
      "python3 -c 'import junit_xml, ptpython, pydantic, qemu.qmp'"
    ];
  };

  /** EFI for machines that boot by it, in `usr/share/OVMF`. */
  firmware = tree {
    name = "debian-firmware";
    roots = [ "ovmf" ];
    verify = [ "[ -e $out/usr/share/OVMF/OVMF_CODE_4M.fd ]" ];
  };

  /** What runs containers. */
  container = tree {
    name = "debian-container-tools";
    roots = [
      "coreutils"
      "dash"
      "iproute2"
      "systemd-container"
      "tar"
      "util-linux"
    ];
    # By their paths: the shell has some of these programs in itself.
    verify = [
      "$out/bin/dash -c :"
      "$out/bin/flock --version"
      "$out/bin/ip -V"
      "$out/bin/mount --version"
      "$out/bin/systemd-nspawn --version"
      "$out/bin/tar --version"
      "$out/bin/unshare --version"
    ];
  };

  /** What makes file systems. */
  image = tree {
    name = "debian-image-tools";
    roots = [
      "btrfs-progs"
      "e2fsprogs"
      "erofs-utils"
      "fakeroot"
      "kmod"
      "lz4"
      "perl-base"
      "qemu-utils"
      "xfsprogs"
      "zstd"
    ];
    verify = [
      "mkfs.erofs --version"
      "mkfs.ext4 -V"
      "mkfs.btrfs --version"
      "mkfs.xfs -V"
      "lz4 --version"
      "perl -e 1"
      "zstd --version"
      "kmod --version"
      "qemu-img --version"
    ];
  };

  /** What checks this project: the driver's Python with pytest, mypy, Hypothesis and tesseract, and the shell's linters. */
  development = tree {
    name = "debian-development-tools";
    roots = driverPython ++ [
      "bash"
      "bsdutils"
      "coreutils"
      "dash"
      "mypy"
      "openssh-client"
      "procps"
      "python3-hypothesis"
      "python3-packaging"
      "python3-pexpect"
      "python3-pil"
      "python3-pyflakes"
      "python3-pytest"
      "python3-pytest-subtests"
      "python3-pytest-timeout"
      "python3-pytest-xdist"
      "shellcheck"
      "shfmt"
      "tesseract-ocr"
      "util-linux"
    ];
    # pip as a wheel, for the tests of what locks wheels.
    extra = qmp ++ pytesseract ++ packages.files "trixie" [ "python3-pip-whl" ];
    verify = recognises ++ [
      "python3 -c 'import hypothesis, mypy, pexpect, pytest, pytest_subtests, pytest_timeout, xdist'"
      "shellcheck --version"
      "shfmt --version"
    ];
  };

  /** What makes the site of docs/ and checks its text: Sphinx with MyST, the theme furo, and two extensions. */
  documentation = tree {
    name = "debian-documentation-tools";
    roots = [
      "furo"
      "python3-myst-parser"
      "python3-pytest"
      "python3-sphinx"
      "python3-sphinx-copybutton"
      "python3-sphinx-design"
      "python3-stemmer"
    ];
    verify = [ "python3 -c 'import Stemmer, furo, myst_parser, pytest, sphinx_copybutton, sphinx_design, sphinx.cmd.build'" ];
  };

  /** What draws the pictures of docs/ from text. Only the checks take it. */
  drawing = tree {
    name = "debian-drawing-tools";
    roots = [
      "dash"
      "graphviz"
    ];
    verify = [ "dot -V" ];
  };

  /** What looks at the HTML report: Chromium, its driver, and the Python of tests. Only `./check --long` takes it. */
  browser = tree {
    name = "debian-browser-tools";
    roots = driverPython ++ [
      "bash"
      "chromium"
      "chromium-driver"
      "coreutils"
      "dash"
      "python3-pexpect"
      "python3-pytest"
      "python3-pytest-timeout"
    ];
    extra = qmp;
    verify = [
      "python3 -c 'import pexpect, pytest, pytest_timeout'"
      "chromedriver --version"
    ];
  };

  /** The shell that `nix develop` starts from. */
  shell = tree {
    name = "debian-shell-tools";
    roots = [ "bash" ];
    verify = [ "bash -c :" ];
  };

  /** Nix itself, for tests of what evaluation says. */
  nix = tree {
    name = "debian-nix";
    roots = [ "nix-bin" ];
    verify = [ "nix --version" ];
  };

  /** A server of ssh, and its client: what connects Nix to a builder of its own on the same machine. */
  ssh = tree {
    name = "debian-ssh-tools";
    roots = [
      "openssh-client"
      "openssh-server"
    ];
    verify = [
      "ssh -V"
      "sshd -V"
      "ssh-keygen -? 2>&1 | grep usage"
    ];
  };

  /** Python's linter and formatter, which Debian 13 does not have. */
  ruff = tree {
    name = "debian-ruff";
    suite = "testing";
    roots = [ "ruff" ];
    verify = [ "ruff --version" ];
  };
}
