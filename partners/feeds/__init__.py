"""What one subscribes to: a selection as a feed of what is new or changed, and its days as a calendar."""
