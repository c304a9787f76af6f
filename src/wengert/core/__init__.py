"""What a primitive, a tensor and the tape are. Knows nothing of any particular op."""
