"""Money as whole minor units of one currency, so that no cent is ever made or lost by rounding."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction

from bot.debt.errors import CurrencyMismatch, InvalidMoney

# ISO 4217 currencies of our countries whose smallest unit is not a hundredth.
_EXPONENTS = {"CLP": 0, "PYG": 0, "JPY": 0}


def exponent(currency: str) -> int:
    """Decimal places of a currency by ISO 4217 (CLP has none, most have two)."""
    return _EXPONENTS.get(currency, 2)


@dataclass(frozen=True)
class Money:
    """An amount in minor units (cents, or pesos for CLP) of one ISO 4217 currency."""

    minor: int
    currency: str

    @classmethod
    def of(cls, amount: str | int | Decimal, currency: str) -> Money:
        """Read a decimal amount in major units.

        Args:
            amount: for example "1250.50"; a decimal point, no separators.
            currency: ISO 4217 code.

        Raises:
            InvalidMoney: not a number, or more decimals than the currency has.
        """
        try:
            scaled = Decimal(amount) * (10 ** exponent(currency))
        except (InvalidOperation, ValueError) as error:
            raise InvalidMoney(f"{amount!r} is not an amount") from error
        if not scaled.is_finite() or scaled != scaled.to_integral_value():
            raise InvalidMoney(f"{amount!r} is not an amount in {currency}")
        return cls(int(scaled), currency)

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, in a currency."""
        return cls(0, currency)

    @classmethod
    def nearest(cls, amount: Decimal | Fraction, currency: str) -> Money:
        """Round an exact amount in major units half up to the currency's minor unit."""
        exact = Fraction(amount) * 10 ** exponent(currency)
        rounded = Decimal(exact.numerator) / Decimal(exact.denominator)
        return cls(int(rounded.to_integral_value(ROUND_HALF_UP)), currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, with exactly the currency's decimals."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def __str__(self) -> str:
        return f"{self.decimal} {self.currency}"

    def _same(self, other: Money) -> int:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} do not mix")
        return other.minor

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __mul__(self, times: int) -> Money:
        return Money(self.minor * times, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def share(self, rate: Decimal | Fraction) -> Money:
        """A share of this amount, rounded half up to the minor unit (rate 0.4 = 40 %)."""
        return Money.nearest(Fraction(self.decimal) * Fraction(rate), self.currency)


def total(amounts: list[Money] | tuple[Money, ...], currency: str) -> Money:
    """Sum of amounts of one currency; zero when there are none."""
    result = Money.zero(currency)
    for amount in amounts:
        result = result + amount
    return result
