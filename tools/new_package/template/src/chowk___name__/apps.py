from chowk_core.swapping import SwappableAppConfig


class __Name__Config(SwappableAppConfig):
    """__Name__."""

    name = "chowk___name__"
    verbose_name = "Chowk __name__"
    default = True
    swappable_models = ("Item",)
