"""From a device's event to a sighting, its audit object, its alert and its acknowledgement."""
