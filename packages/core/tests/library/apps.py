from chowk_core.swapping import SwappableAppConfig


class LibraryConfig(SwappableAppConfig):
    name = "tests.library"
    label = "library"
    default = True
    swappable_models = ("Shelf", "Book", "ReadingNote")
