"""Block Kit as strict as Slack's own validation: shapes, limits, and where a fault is."""
