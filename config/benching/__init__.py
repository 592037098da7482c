"""The bench: the product against hand-written SQL on its own schema, in one run, alternating. Figures are ratios."""
