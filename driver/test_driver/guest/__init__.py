"""The inside of a guest: its agent, the shells that stay there, commands, files."""
