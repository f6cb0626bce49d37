"""Clothes: cut from the body's clothing volume, draped, folded, woven."""
