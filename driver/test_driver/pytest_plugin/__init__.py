"""Tests of pytest over the machines of a testbed: the plugin, in a checkout and in a build."""
