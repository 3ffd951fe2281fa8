undefined  # noqa: B018, F821 - a module that fails on import
