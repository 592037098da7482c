"""The API door of stores: who calls (`authentication`), and what may be read (`resources`)."""

from stores.api import resources as resources
from stores.api import schema as schema
