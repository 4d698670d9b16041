"""Sample firms: the demonstration firm, and a generated network of firms of any size."""
