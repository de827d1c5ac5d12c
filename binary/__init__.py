"""How the single file is made."""
