"""The sellers' door. What all apps share lies here: `doors` (who may come in, acts), `desk` (home, nav), `paging`."""
