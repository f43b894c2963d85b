"""Tests of `test_driver.backend.nspawn`."""
