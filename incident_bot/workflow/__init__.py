"""What follows from a change: deliveries, page states, entries of timeline and audit trail."""
