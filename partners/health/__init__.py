"""Whether the site can be served, and what is wrong with how it is set up."""
