"""The consequences of a change: deliveries, component states, timeline and audit entries."""
