"""Tables that are brought in through the browser: read and checked first, shown, then written as they were shown."""
