"""A person at a terminal: the prompt, the script in rehearsal, a test that has stopped."""
