"""The panes: each a pure function of the view that draws into its own piece of the window's picture."""
