"""All cameras of a device, recognised in one thread.

::

    source -> CameraReader (a thread each, newest wins) -> InferenceWorker -> sink
"""
