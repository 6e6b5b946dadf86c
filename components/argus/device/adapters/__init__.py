"""The edge of the device program: cameras, brokers, stores, clocks."""
