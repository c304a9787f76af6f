"""Tables of what tests compile: makers by name, and which of them stay as they are."""


class Makers(dict):
    """Functions by name, which a decorator puts here; each makes anew what a test needs.

    Attributes:
        reasons: for those whose function is not compiled, a part of the reason.
    """

    def __init__(self):
        super().__init__()
        self.reasons = {}

    def add(self, make):
        self[make.__name__] = make
        return make

    def not_compiled(self, reason):
        def add(make):
            self.reasons[make.__name__] = reason
            return self.add(make)

        return add
