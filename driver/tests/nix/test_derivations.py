"""What `nix derivation show` prints."""

from test_driver.nix.derivations import shown_derivations

WEB = "/nix/store/x-web.drv"
IMAGE = "/nix/store/y-image.drv"


def test_the_form_of_nix_2_26() -> None:
    entry = {
        "system": "x86_64-linux",
        "env": {"requiredSystemFeatures": "kvm nixos-test"},
        "inputDrvs": {IMAGE: {"outputs": ["out"], "dynamicOutputs": {}}},
    }
    found = shown_derivations({WEB: entry})[WEB]
    assert found.features == {"kvm", "nixos-test"}
    assert found.inputs == {IMAGE: ("out",)}


def test_the_form_of_older_nix() -> None:
    entry = {"system": "s", "env": {}, "inputDrvs": {IMAGE: ["out", "dev"]}}
    assert shown_derivations({WEB: entry})[WEB].inputs == {IMAGE: ("out", "dev")}


def test_the_form_of_newer_nix() -> None:
    entry = {
        "system": "s",
        "env": {},
        "structuredAttrs": {"requiredSystemFeatures": ["kvm"]},
        "inputs": {"drvs": {"y-image.drv": {"outputs": ["out"]}}, "srcs": []},
    }
    found = shown_derivations({"version": 4, "derivations": {"x-web.drv": entry}})[WEB]
    assert found.features == {"kvm"}
    assert found.inputs == {IMAGE: ("out",)}


def test_structured_attributes_of_older_nix() -> None:
    entry = {
        "system": "s",
        "env": {"__json": '{"requiredSystemFeatures": ["kvm"]}'},
        "inputDrvs": {},
    }
    assert shown_derivations({WEB: entry})[WEB].features == {"kvm"}
