"""What an auction should do, told a second time and in another way.

Nothing here is taken from the package. Amounts are Decimals in units of the currency, times are seconds, the
book is the plain list of accepted bids, and who leads is looked up in it afresh at every step.
"""

from __future__ import annotations

from decimal import Decimal

STEPS = "5000:100 2500:50 1000:25 500:10 250:5 100:2.50 25:1 5:0.50 1:0.25 0:0.05"


def step(price: Decimal, unit: Decimal) -> Decimal:
    for tier in STEPS.split():
        floor, rise = map(Decimal, tier.split(":"))
        if price >= floor:
            return rise if rise % unit == 0 else (rise // unit + 1) * unit


class Lot:
    def __init__(self, *, unit, start, reserve, buy, end, hard_end, window, extra, strict, seller):
        self.unit, self.start, self.reserve, self.buy = unit, start, reserve, buy
        self.end, self.hard_end, self.window, self.extra = end, hard_end, window, extra
        self.strict, self.seller = strict, seller
        self.book: list[tuple[Decimal, int, str]] = []
        self.price, self.state, self.bought_by, self.count = start, "open", None, 0

    @property
    def leader(self):
        if self.bought_by:
            return self.bought_by
        return max(self.book, key=lambda bid: (bid[0], -bid[1]))[2] if self.book else None

    @property
    def met(self):
        return bool(self.book or self.bought_by) and max(b[0] for b in self.book) >= (self.reserve or 0)

    def refusal(self, who, now):
        if who == self.seller:
            return "seller_cannot_bid"
        if self.state != "open":
            return "auction_not_open"
        return "auction_ended" if now >= self.end else None

    def bid(self, who, amount, now):
        if no := self.refusal(who, now):
            return no
        before, leader = self.price, self.leader
        if who == leader:
            if amount <= max(b[0] for b in self.book if b[2] == who):
                return "raise_too_low"
        elif not self.book:
            if amount < self.start:
                return "bid_too_low"
        elif amount < before + (step(before, self.unit) if self.strict else self.unit):
            return "bid_too_low"
        self.book.append((amount, len(self.book), who))
        self.count += 1
        if who != leader and len({b[2] for b in self.book}) > 1:
            best = {}
            for offer, _, name in self.book:
                best[name] = max(offer, best.get(name, offer))
            top, second = sorted(best.values(), reverse=True)[:2]
            self.price = max(before, min(top, second + step(second, self.unit)))
        if self.reserve and self.met:
            self.price = max(self.price, self.reserve)
        if (who != leader or self.price != before) and self.end - now <= self.window:
            self.end = max(self.end, min(now + self.extra, self.hard_end))
        return None

    def purchase(self, who, now):
        if no := self.refusal(who, now):
            return no
        if self.buy is None or (self.book and not (self.reserve and not self.met)):
            return "buy_now_unavailable"
        self.book.append((self.buy, len(self.book), who))
        self.price, self.state, self.bought_by = self.buy, "sold", who
        self.count += 1
        return None

    def close(self, now):
        if self.state == "open" and now >= self.end:
            self.state = "sold" if self.met else "unsold"
