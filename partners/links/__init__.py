"""What the directory reads from other sites: one fetcher, and whether the addresses of sources still lead somewhere."""
