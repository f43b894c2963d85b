"""Tests of `test_driver.network.relay`."""
