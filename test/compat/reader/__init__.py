"""A reader of Holdfast vaults that shares no code with the product.

Each module names the section of docs/format/v1.md that it follows.
"""
