"""Fields, text, phones, search, limits, caches, logs: what every room may use. No models, no conferences."""
