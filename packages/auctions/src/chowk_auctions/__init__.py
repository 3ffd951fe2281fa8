"""English auctions with proxy bids, reserve, soft close and live bidding for Django."""
