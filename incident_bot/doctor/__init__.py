"""Looks at the whole installation, as the bot itself sees it: each module looks at one part."""
