"""Tests of `test_driver.nix`."""
