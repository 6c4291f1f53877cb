"""From keys and mouse to the state: events, what is pointed at, and the one table of actions."""
