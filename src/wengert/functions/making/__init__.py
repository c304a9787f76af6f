"""Functions that make tensors: from data, of numbers drawn at random, as copies."""
