"""What the net makes of a frame: what is wanted, how far it has to run, and what is found out about its units."""
