"""Every error of the core in one tree. What a debtor may rightly ask for and not get is a value, not an error."""


class DebtError(Exception):
    """A step that cannot be taken; the service that called decides what the debtor is told."""


class InvalidMoney(DebtError, ValueError):
    """A text that is no amount of its currency."""


class CurrencyMismatch(DebtError, ValueError):
    """Two currencies met in one sum."""


class NotTheRightParty(DebtError):
    """Debt data was asked for by someone who is not identified now."""


class StaleOffer(DebtError):
    """The offer expired, was replaced, or the account changed since it was made."""


class HoldForbids(DebtError):
    """A hold on the account or debtor forbids this step."""
