"""The exceptions that Footnote raises on purpose.

    RagError
    ├── InputError            what a person gave cannot be used: a path, a flag, a file, a question
    │   ├── ReadError         one file or URL could not be read as articles
    │   └── SettingsError     a setting is unknown or has a value that cannot be
    ├── IndexStateError       the index is missing, empty, locked, damaged or built by something else
    ├── WeightsError          model weights are missing or are not the pinned ones
    ├── GeneratorError        a language model failed to load or to answer
    ├── EngineEndedError      the process that answers for the page was killed or crashed
    └── ClusterError          a cluster cannot be had, refuses, or has stopped giving results

A message says what was wrong (with the value), where, and what to do, in one line. Exceptions of libraries are
translated in the module that owns the library. The command line turns any `RagError` into that line and exit code 2.
"""

from __future__ import annotations


class RagError(Exception):
    """Any failure that Footnote foresees; its text is one line fit to show a person."""


class InputError(RagError):
    """What a person gave cannot be used."""


class ReadError(InputError):
    """One file or URL could not be read as articles; the rest of a batch goes on."""


class SettingsError(InputError):
    """A setting is unknown or has a value that cannot be."""


class IndexStateError(RagError):
    """The index is missing, empty, locked, damaged, or was built by another encoder, chunking or version."""


class WeightsError(RagError):
    """Model weights are missing, or are not the pinned ones."""


class GeneratorError(RagError):
    """A language model failed to load or to answer."""


class EngineEndedError(RagError):
    """The process that answers for the page was killed or crashed; the next question starts another."""


class ClusterError(RagError):
    """A cluster cannot be reached or had, refuses what is asked, or has stopped giving results."""
