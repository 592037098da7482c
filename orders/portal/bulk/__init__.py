"""Many parcels at once: a file is read, judged without doing anything, and then carried out row by row."""
