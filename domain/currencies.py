"""Currency codes (ISO 4217, including withdrawn ones) and the decimals of their amounts."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from domain.errors import InvalidField

MOST_DECIMALS: Final = 4
"""The most decimals of any currency."""

_USUAL: Final = 2

_WITHOUT_DECIMALS: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_WITH_THREE: Final = "BHD IQD JOD KWD LYD OMR TND"
_WITH_FOUR: Final = "CLF UYW"

EXCEPTIONAL: Final[Mapping[str, int]] = {
    **dict.fromkeys(_WITHOUT_DECIMALS.split(), 0),
    **dict.fromkeys(_WITH_THREE.split(), 3),
    **dict.fromkeys(_WITH_FOUR.split(), 4),
}
"""Current currencies without two decimals: the minor units of ISO 4217, list one."""

_LISTED: Final = """
ADP AED AFA AFN ALK ALL AMD ANG AOA AOK AON AOR ARA ARL ARM ARP ARS ATS AUD AWG AZM AZN BAD BAM BAN BBD BDT BEC BEF
BEL BGL BGM BGN BGO BHD BIF BMD BND BOB BOL BOP BOV BRB BRC BRE BRL BRN BRR BRZ BSD BTN BUK BWP BYB BYN BYR BZD CAD
CDF CHE CHF CHW CLE CLF CLP CNH CNY COP COU CRC CSD CSK CUC CUP CVE CYP CZK DDM DEM DJF DKK DOP DZD ECS ECV EEK EGP
ERN ESA ESB ESP ETB EUR FIM FJD FKP FRF GBP GEK GEL GHC GHS GIP GMD GNF GNS GQE GRD GTQ GWE GWP GYD HKD HNL HRD HRK
HTG HUF IDR IEP ILP ILR ILS INR IQD IRR ISJ ISK ITL JMD JOD JPY KES KGS KHR KMF KPW KRH KRO KRW KWD KYD KZT LAK LBP
LKR LRD LSL LTL LTT LUC LUF LUL LVL LVR LYD MAD MAF MCF MDC MDL MGA MGF MKD MKN MLF MMK MNT MOP MRO MRU MTL MTP MUR
MVP MVR MWK MXN MXP MXV MYR MZE MZM MZN NAD NGN NIC NIO NLG NOK NPR NZD OMR PAB PEI PEN PES PGK PHP PKR PLN PLZ PTE
PYG QAR RHD ROL RON RSD RUB RUR RWF SAR SBD SCR SDD SDG SDP SEK SGD SHP SIT SKK SLE SLL SOS SRD SRG SSP STD STN SUR
SVC SYP SZL THB TJR TJS TMM TMT TND TOP TPE TRL TRY TTD TWD TZS UAH UAK UGS UGX USD USN USS UYI UYP UYU UYW UZS VEB
VED VEF VES VND VNN VUV WST XAD XAF XAG XAU XBA XBB XBC XBD XCD XCG XDR XEU XFO XFU XOF XPD XPF XPT XRE XSU XTS XUA
XXX YDD YER YUD YUM YUN YUR ZAL ZAR ZMK ZMW ZRN ZRZ ZWD ZWG ZWL ZWR
"""

CODES: Final = frozenset(_LISTED.split())
"""The alphabetic codes of ISO 4217. Histories reach back to 1900, so withdrawn currencies are included."""


def decimals_of(currency: str) -> int:
    """The number of decimals of a currency's amounts."""
    return EXCEPTIONAL.get(currency, _USUAL)


def in_currency(amount: Decimal, currency: str) -> Decimal:
    """Format an amount with its currency's number of decimals.

    Further digits are kept: older recorded amounts may have them.
    """
    scaled = amount.quantize(Decimal(1).scaleb(-decimals_of(currency)))
    return scaled if scaled == amount else amount


def check_currency(field: str, currency: object) -> str:
    """Return the code; refuses (`InvalidField`) an unknown currency."""
    if not isinstance(currency, str) or currency not in CODES:
        raise InvalidField(field, "must be an ISO 4217 currency code, like USD")
    return currency


def check_amount(field: str, amount: Decimal, currency: str, most: Decimal) -> None:
    """Refuse (`InvalidField`) an amount that is negative, too large or has more decimals than its currency."""
    if not amount.is_finite() or amount < 0:
        raise InvalidField(field, "must be an amount that is not negative")
    if amount > most:
        raise InvalidField(field, f"must be at most {most:,f}")
    exponent, decimals = amount.as_tuple().exponent, decimals_of(currency)
    # two decimals are always allowed: `1000000.00` yen are whole yen
    too_long = isinstance(exponent, int) and -exponent > max(decimals, _USUAL)
    if too_long or amount % Decimal(1).scaleb(-decimals):
        allowed = f"at most {decimals} decimals" if decimals else "no decimals"
        raise InvalidField(field, f"an amount in {currency} has {allowed}")
