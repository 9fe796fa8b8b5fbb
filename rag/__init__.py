"""Footnote: answers from your articles, in which every sentence carries a citation that can be checked.

The package imports light: no model, index or web library is loaded until the stage that owns it runs
(`docs/architecture.md` holds the table of owners).
"""

__version__ = "0.1.0"
