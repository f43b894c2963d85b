"""Tests of `test_driver.backend.qemu`."""
