"""Domain errors of auctions. None of them carries or hints at anybody's maximum."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chowk_core.exceptions import Conflict, DomainError, NotAllowed, NotFound


class AuctionNotFound(NotFound):
    """No such auction, or the viewer may not know that it exists."""

    message = _("There is no such auction.")


class BidTooLow(DomainError):
    """Below the minimum. ``params["minimum"]`` is in minor units where the engine raises it."""

    code = "bid_too_low"
    message = _("Bid at least %(minimum)s.")
    field = "amount"


class RaiseTooLow(DomainError):
    """The leader's new maximum does not exceed the leader's old one."""

    code = "raise_too_low"
    message = _("You lead already. To raise your maximum, enter more than it is.")
    field = "amount"


class AmountOutOfRange(DomainError):
    """Zero, negative, or larger than anything can cost."""

    code = "amount_out_of_range"
    message = _("Enter an amount above zero and below %(limit)s.")
    field = "amount"


class WrongCurrency(DomainError):
    """The auction runs in another currency."""

    code = "wrong_currency"
    message = _("This auction runs in %(currency)s.")
    field = "currency"


class AuctionNotOpen(Conflict):
    """Not started yet, sold, unsold or cancelled."""

    code = "auction_not_open"
    message = _("This auction is not open.")


class AuctionEnded(Conflict):
    """The end has passed, even if nobody has closed the auction yet."""

    code = "auction_ended"
    message = _("This auction has ended.")


class SellerCannotBid(NotAllowed):
    """A seller may neither bid on nor buy what they sell."""

    code = "seller_cannot_bid"
    message = _("You cannot bid on your own auction.")


class BuyNowUnavailable(Conflict):
    """There is no buy-now price, or bidding has taken its place."""

    code = "buy_now_unavailable"
    message = _("This auction cannot be bought now.")


class TargetOnAuction(Conflict):
    """An object is in one running auction at most."""

    code = "target_on_auction"
    message = _("This is on auction already.")


class InvalidPrices(DomainError):
    """Reserve or buy-now price below what they must be."""

    code = "invalid_prices"
    message = _("The reserve must reach the starting price, and the buy-now price must reach both.")


class InvalidTitle(DomainError):
    """Empty, or longer than 200 characters."""

    code = "invalid_title"
    message = _("Enter a title of at most 200 characters.")
    field = "title"


class UnknownFormat(DomainError):
    """No way to sell of that name is in the FORMATS setting."""

    code = "unknown_format"
    message = _("There is no auction format “%(format)s”.")
    field = "format"


class InvalidTimes(DomainError):
    """Ends before it starts, in the past, too short or too long, or the hard end before the end."""

    code = "invalid_times"
    message = _("The auction must end after it starts and after now, and not after its hard end.")
    field = "ends_at"


class HasBids(Conflict):
    """Sellers may cancel as long as nobody has bid; staff may cancel later."""

    code = "auction_has_bids"
    message = _("There are bids. Only staff can cancel this auction now.")


class NotSold(Conflict):
    """Only a sold auction is settled or defaulted on, once."""

    code = "settlement_closed"
    message = _("This auction has no settlement that is due.")


class NoBuyNow(DomainError):
    """The format has no buy-now price."""

    code = "format_without_buy_now"
    message = _("Auctions of this format cannot be bought now: leave the price out.")
    field = "buy_now_price"


class InvalidRelist(DomainError):
    """More relistings than the site allows, or a starting price for them above the first one."""

    code = "invalid_relist"
    message = _("The starting price of relistings must not exceed the first one.")
    field = "relist_price"


class NotRelistable(Conflict):
    """Only an auction that ended without a sale is relisted, and once."""

    code = "not_relistable"
    message = _("This auction cannot be relisted.")


class NothingToRetract(Conflict):
    """The bidder has no bid here that stands."""

    code = "nothing_to_retract"
    message = _("You have no bid here that could be retracted.")


class SealedCannotRetract(Conflict):
    """A sealed bid is replaced instead."""

    code = "sealed_cannot_retract"
    message = _("A sealed bid cannot be retracted. Replace it with another.")


class SealedBidUnreadable(Exception):
    """No key of this site opens a sealed bid, or what it holds is not what its bidder committed to.

    Not a refusal: the auction stays as it is until the right key is among SEALED_KEYS. Carries no amount.
    """


class OfferNotFound(NotFound):
    """There is no second-chance offer to this user, or it was answered."""

    message = _("There is no offer to you that is open.")


class OfferExpired(Conflict):
    """Its deadline has passed."""

    code = "offer_expired"
    message = _("This offer has expired.")


class CannotBlockYourself(DomainError):
    """Sellers cannot bid on their own auctions anyway."""

    code = "cannot_block_yourself"
    message = _("You cannot block yourself.")
    field = "bidder"


class UnknownBidder(DomainError):
    """No such user, or nobody of that name has bid in the auction."""

    code = "unknown_bidder"
    message = _("There is no such bidder.")
    field = "bidder"
