"""How gunicorn serves the site: the processes, and what it takes from a request.

gunicorn reads this file by itself where it is started in this folder; its command line comes first.
"""

# Requests and answers wait for slow visitors without keeping a thread (`genesis/serving.py`).
worker_class = "genesis.serving.BufferingWorker"
# A process computes one answer at a time; its threads let another one begin while the database is waited for.
workers = 2
threads = 4
# Seconds after which a process that has stopped looking at its sockets is replaced.
timeout = 60
# Seconds in which answers that are under way may end when the server is told to.
graceful_timeout = 30
loglevel = "warning"
# It would be shared by all servers of an account.
control_socket_disable = True


def on_starting(server):
    """The numbers of the processes of before go with them."""
    import shutil

    from genesis.settings import METRICS_DIR, METRICS_KEY

    if METRICS_KEY:
        shutil.rmtree(METRICS_DIR, ignore_errors=True)
        METRICS_DIR.mkdir()
