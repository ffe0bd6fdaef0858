"""A folder into which a scanner or register drops files with a sidecar."""
