"""From a photo to a verdict to an enrolled face; the same code on the command line, the device and in the cloud."""
