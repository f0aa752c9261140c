"""What gunicorn takes from a request: its path, and no header in place of it.

gunicorn reads this file by itself where it is started in this folder. Without it a visitor who comes through the same
machine may send SCRIPT_NAME, which cuts the path, and headers that turn http into https.
"""

# By default SCRIPT_NAME and PATH_INFO, from any proxy of this machine: the site stands at the root of its host.
forwarder_headers = ""
# Whether a request came over HTTPS is judged in one place, by Django (README, "Environment").
secure_scheme_headers = {}
forwarded_allow_ips = ""
# A name with an underscore could be taken for another one.
header_map = "drop"
