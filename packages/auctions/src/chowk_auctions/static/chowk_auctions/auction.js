// The live auction: price, clock and story move by socket; bids go by socket and their refusals stand at the field.
// Without this module the page works by its forms.

import { connect } from "../chowk_core/stream.js";
import { setServerNow } from "../chowk_core/page.js";

const page = document.querySelector("[data-auction]");
const { auction: id, currency, me } = page.dataset;
const one = (selector) => page.querySelector(selector);
const all = (selector) => page.querySelectorAll(selector);

const template = one("[data-words]").content;
const say = (word, names = {}) =>
  template.querySelector(`[data-word="${word}"]`).textContent.replace(/\{(\w+)\}/g, (_, name) => names[name] ?? "");
const icon = (name) => template.querySelector(`[data-icon="${name}"] svg`).cloneNode(true);

const language = document.documentElement.lang;
const shapes = [{ minimumFractionDigits: 0, maximumFractionDigits: 0 }, {}].map(
  (digits) => new Intl.NumberFormat(language, { style: "currency", currency, ...digits }),
);
const money = (text) => shapes[Number(text) % 1 ? 1 : 0].format(text);

const state = { leading: Boolean(one(".standing.leading")), maximum: null, price: null, over: false };
setServerNow(Date.parse(page.dataset.now)); // until the socket knows better

function setPrice(text) {
  for (const place of all("[data-price]")) {
    if (place.textContent.trim() === money(text)) continue;
    const shown = document.createElement("data");
    shown.className = "money flash";
    shown.value = text;
    shown.textContent = money(text);
    place.replaceChildren(shown);
  }
  state.price = text;
}

function setClock(endsAt) {
  for (const clock of all("[data-countdown]")) clock.dateTime = endsAt;
}

function setCounts({ bid_count: bids, reserve_met: met, next_minimum: minimum }) {
  one("[data-bids]")?.replaceChildren(say(bids === 1 ? "bids-one" : "bids-many", { n: bids }));
  if (met) one("[data-reserve]")?.replaceChildren(say("reserve-met"));
  const hint = one("[data-minimum]");
  if (hint && minimum) hint.textContent = say(hint.closest("form") ? "minimum" : "next", { price: money(minimum) });
}

function setStanding() {
  const place = one("[data-standing]");
  const line = document.createElement("p");
  const text = document.createElement("span");
  const strong = document.createElement("strong");
  line.className = `standing ${state.leading ? "leading" : "outbid"}`;
  strong.textContent = state.leading ? say("leading") : say("outbid", { price: money(state.price) });
  text.append(strong);
  if (state.maximum) text.append(" ", say("maximum", { price: money(state.maximum) }));
  line.append(icon(state.leading ? "check" : "alert"), text);
  place.replaceChildren(line);
}

const announce = (text) => one("[data-announce]").replaceChildren(text);

function tell(name, text, { price, at, mine = false, leads = false } = {}) {
  const line = document.createElement("li");
  const words = document.createElement("span");
  const when = document.createElement("span");
  line.className = leads ? "fresh lead-bid" : "fresh";
  words.textContent = text;
  if (mine) words.className = "mine";
  when.className = "small muted when";
  const time = document.createElement("time");
  time.dateTime = at;
  time.title = new Date(at).toLocaleString(language);
  time.textContent = say("now");
  when.append(time);
  line.append(icon(name), words);
  if (price) {
    const amount = document.createElement("span");
    amount.className = "money";
    amount.textContent = money(price);
    line.append(amount);
  }
  line.append(when);
  one("[data-story]").prepend(line);
}

function sentence(bid, leads, mine) {
  const names = { name: bid.bidder, leader: bid.leader === me ? say("you") : bid.leader };
  const kind = leads ? (state.leader === bid.bidder && state.price === bid.price ? "raise" : "lead") : "stay";
  return say(mine ? `you-${kind}` : kind, names);
}

function bidPlaced({ data: bid, at }) {
  const mine = bid.bidder === me;
  const leads = bid.bidder === bid.leader;
  const led = state.leading;
  const wasMet = state.reserveMet;
  tell(leads ? "arrow-up" : "gavel", sentence(bid, leads, mine), { price: bid.price, at, mine, leads });
  state.leading = Boolean(me) && bid.leader === me;
  state.leader = bid.leader;
  state.reserveMet = bid.reserve_met;
  setPrice(bid.price);
  setCounts(bid);
  if (one("[data-reserve]") && bid.reserve_met && !wasMet) tell("shield", say("reserve"), { at });
  if (bid.extended) tell("clock", say("extended"), { at });
  setClock(bid.ends_at);
  one("[data-buy-now]")?.toggleAttribute("hidden", !one("[data-reserve]") || bid.reserve_met);
  if (led !== state.leading || mine || (state.maximum && !state.leading)) setStanding();
  if (led && !state.leading) announce(say("outbid", { price: money(bid.price) }));
  else if (state.leading && !led) announce(say("leading"));
  else if (bid.extended) announce(say("time"));
}

function bidRetracted({ data: bid, at }) {
  const mine = bid.bidder === me;
  const word = bid.leader ? "retracted" : "none-left";
  const names = { name: bid.bidder, leader: bid.leader === me ? say("you") : bid.leader };
  tell("alert", say(mine ? `you-${word}` : word, names), { price: bid.price, at });
  state.reserveMet = bid.reserve_met;
  setPrice(bid.price);
  redraw(); // the story's lines and what one may do have changed
}

function setWatchers({ watcher_count: n }) {
  one("[data-watchers]")?.replaceChildren(say(n === 1 ? "watchers-one" : "watchers-many", { n }));
}

function snapshot(whole) {
  if (!["open", "scheduled"].includes(whole.status)) return ended();
  setWatchers(whole);
  if (whole.sealed) {
    if (whole.status === "open") setClock(whole.ends_at);
    return;
  }
  state.leading = whole.you.leading;
  state.maximum = whole.you.maximum;
  state.leader = whole.leader;
  state.reserveMet = whole.reserve_met;
  setPrice(whole.price);
  setCounts(whole);
  if (whole.status === "open") setClock(whole.ends_at);
  if (whole.you.has_bid) setStanding();
}

/** What the page looks like now, drawn by the server: after the hammer, and when an auction opens. */
async function redraw() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of ["[data-live-panel]", "[data-story-panel]"]) {
    const drawn = fresh.querySelector(part);
    if (drawn) one(part).replaceChildren(...drawn.childNodes);
  }
}

async function ended() {
  if (state.over) return;
  state.over = true;
  one(".thumb-bar").hidden = true;
  announce(say("closing"));
  await redraw();
  setTimeout(redraw, 2500); // by then the winner's order is there
}

const socket = connect(`/ws/auction/${id}/`);
socket.on("snapshot", (whole) => snapshot(whole));
socket.on("auctions.bid_placed", bidPlaced);
for (const name of ["auctions.sold", "auctions.unsold", "auctions.cancelled"]) socket.on(name, ended);
socket.on("auctions.opened", redraw);
socket.on("auctions.bid_retracted", bidRetracted);
socket.on("auctions.watchers_changed", ({ data }) => setWatchers(data));
socket.on("auctions.sealed_bid_placed", ({ data: { sealed_count: n } }) =>
  one("[data-sealed-count]")?.replaceChildren(say(n === 1 ? "sealed-one" : "sealed-many", { n })),
);
for (const name of ["auctions.second_chance_offered", "auctions.second_chance_ended"]) socket.on(name, redraw);
socket.on("status", (status) => {
  const connection = one("[data-connection]");
  if (!connection) return;
  connection.hidden = false;
  one(".quiet-dot").classList.toggle("on", status === "open");
  one("[data-connection-text]").textContent = say(status === "open" ? "open" : "waiting");
  if (status === "open" && socket.serverNow) setServerNow(socket.serverNow());
});

page.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-bid-form]");
  if (!form) return;
  event.preventDefault();
  const field = form.elements.amount;
  const problem = form.querySelector("[data-problem]");
  const button = form.querySelector("button");
  button.setAttribute("aria-busy", "true");
  try {
    const placed = await socket.send({ type: "place_bid", amount: field.value.trim().replace(/[,\s]/g, "") });
    field.value = "";
    field.removeAttribute("aria-invalid");
    problem.hidden = true;
    if (placed.commitment) return void redraw();
    state.maximum = placed.maximum;
    state.leading = placed.leading;
    setPrice(placed.price);
    setStanding();
    announce(placed.leading ? say("leading") : say("outbid", { price: money(placed.price) }));
  } catch (error) {
    field.setAttribute("aria-invalid", "true");
    problem.querySelector("span").textContent = error.message;
    problem.hidden = false;
    field.focus();
  } finally {
    button.removeAttribute("aria-busy");
  }
});
