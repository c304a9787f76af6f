"""What the user sees of the recording: leaves, nodes, hooks, backward, custom Functions."""
