"""The cloud on one machine, made of the template: for development, tests and the demo. Never deployed."""
