"""A page for people: what the camera sees, what happens there, and how to place the camera.

Theory of operation. The watcher's thread leaves the newest frame and the events in the :mod:`.feed` and goes on; it
never waits and never makes a picture. A thread of the preview's own runs the web server (:mod:`.server`,
:mod:`.web`), whose streams look into the feed a few times a second, each as fast as its reader can follow: pictures
are drawn and compressed only while somebody looks (:mod:`.picture`), faces are held against what recognition needs
(:mod:`.placing`), events are put into words (:mod:`.telling`).
"""
