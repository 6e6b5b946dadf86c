"""The pure core: values in, values out.

Standard library and numpy only; nothing here reads a clock, a file or a socket.
"""
