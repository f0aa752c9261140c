"""What has changed: when, and from what to what."""
