"""What whoever runs the site can see of it: lines of log, mails about errors, numbers for Prometheus."""
