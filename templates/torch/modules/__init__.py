"""The classes that generated models carry where torch.nn has none: a file a layer kind."""
