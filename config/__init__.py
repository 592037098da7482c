"""What composes the apps into one product: settings, URLs, the private database, process entry points."""
