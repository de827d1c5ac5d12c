"""The build of the single file."""
