"""``argus demo``: cloud, device and camera on one machine, and whether what one did reached the others."""
