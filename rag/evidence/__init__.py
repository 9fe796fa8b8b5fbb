"""The sentences to answer a question from, and how likely they answer it at all.

`selection.select` is the door; `features` measures, `scoring` weighs with the readable numbers of `coefficients.json`.
"""
