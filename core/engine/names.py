"""The names on the menus of the engine, known without loading torch."""

OPTIMIZERS = ("SGD", "Momentum", "Nesterov", "RMSprop", "Adam", "AdamW")
ACTIVATIONS = ("ReLU", "tanh", "GELU", "sigmoid")
