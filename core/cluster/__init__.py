"""Running experiments in worker processes of a Dask cluster: on this machine, or on many.

tasks.py is what crosses between processes and needs no dask; carrying_out.py runs on a worker; engine.py drives a worker from the
queue's thread; start.py starts workers or finds a scheduler; board.py is the queue beside a scheduler, and its client.
"""
