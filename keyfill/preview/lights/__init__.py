"""The light desk: a page on which kept layers are lit by hand."""
