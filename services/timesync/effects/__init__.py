"""What employees and their colleagues see: one file per thing."""
