"""The LUT model: data, model, loss, train, evaluate, export."""
