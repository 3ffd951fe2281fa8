/**
 * Realtime streams in the browser: connects, resumes, notices gaps, reconnects.
 *
 *   import { connect } from "/static/chowk_core/stream.js";
 *   const socket = connect("/ws/");
 *   const auction = socket.subscribe("auctions.auction:42");
 *   auction.on("snapshot", (state, { seq, complete }) => draw(state));
 *   auction.on("auctions.bid_placed", (frame) => update(frame.data));
 *   await auction.send({ type: "place_bid", amount: "5000.00" });   // rejects with an Error that has .code
 *   socket.serverNow();                                             // milliseconds by the server's clock
 *
 * A route with a stream of its own, `connect("/ws/auction/42/")`, subscribes by itself: listen and `send` on the
 * socket, which tells whatever its subscriptions tell. Options: `token`, a function (may be async) that returns
 * a fresh access token; `heartbeat` and `patience` in milliseconds.
 *
 * A subscription tells of every event once and in order, over reconnects too. "snapshot" comes first, and again
 * whenever history was lost, then with `complete` false: throw away what you had. Events of a socket: "status"
 * ("connecting", "open", "waiting", "closed"), "viewer", "error". Events of a subscription: "snapshot",
 * "event" (each frame), the name of an event (those frames), "error", "gone" (you may no longer see it).
 */

const PROTOCOL = "chowk.v1";
const FINAL_CODES = new Set([1000, 4404]);
const SHORTEST_WAIT = 250;
const LONGEST_WAIT = 30000;

class Emitter {
  #listeners = new Map();

  /** Call `listener` at each `name`. Returns a function that ends it. */
  on(name, listener) {
    if (!this.#listeners.has(name)) this.#listeners.set(name, new Set());
    this.#listeners.get(name).add(listener);
    return () => this.#listeners.get(name).delete(listener);
  }

  emit(name, ...details) {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        listener(...details);
      } catch (error) {
        reportError(error); // one listener's mistake must not cost the others the frame
      }
    }
  }
}

/** What the server refused, or what never came about. `code` is stable; "disconnected" is ours. */
export class StreamError extends Error {
  constructor(code, message) {
    super(message);
    this.name = "StreamError";
    this.code = code;
  }
}

class Subscription extends Emitter {
  constructor(socket, stream, { since = null, epoch = "" } = {}) {
    super();
    this.socket = socket;
    this.stream = stream;
    this.seq = since;
    this.epoch = epoch;
    this.live = false;
  }

  emit(name, ...details) {
    super.emit(name, ...details);
    this.socket.emit(name, ...details);
  }

  /** Send a command for this stream. Resolves with the answer's data. */
  send(command) {
    return this.socket.send({ ...command, stream: this.stream });
  }

  /** No more of this stream. */
  close() {
    this.socket.drop(this);
  }

  open() {
    this.live = false;
    const position = this.seq === null ? {} : { since: this.seq, epoch: this.epoch };
    this.socket.transmit({ type: "subscribe", stream: this.stream, ...position });
  }

  take(frame) {
    if (frame.type === "subscribed") this.#begin(frame);
    else if (frame.type === "reset") this.#afresh();
    else if (frame.type === "unsubscribed") this.#gone(frame);
    else if (frame.type === "error") this.#refused(frame);
    else if ("seq" in frame) this.#advance(frame);
  }

  /** The server says that it sent everything up to `seq`. */
  verify(seq) {
    if (this.live && seq > this.seq) this.open();
  }

  #begin(frame) {
    this.live = true;
    this.epoch = frame.epoch;
    const resumed = frame.complete && this.seq !== null && frame.from_seq === this.seq + 1;
    if (resumed) return;
    this.seq = frame.to_seq;
    this.emit("snapshot", frame.snapshot, { seq: frame.to_seq, complete: frame.complete });
  }

  #advance(frame) {
    if (!this.live || frame.seq <= this.seq) return;
    if ((frame.from_seq ?? frame.seq) > this.seq + 1) {
      this.open(); // a gap: ask for what is missing
      return;
    }
    this.seq = frame.seq;
    this.epoch = frame.epoch;
    if (frame.type === "skip") return;
    this.emit("event", frame);
    this.emit(frame.type, frame);
  }

  #afresh() {
    this.seq = null;
    this.epoch = "";
    this.open();
  }

  #gone(frame) {
    if (!frame.code) return;
    this.live = false;
    this.socket.forget(this);
    this.emit("gone", frame);
  }

  #refused(frame) {
    if (frame.code === "not_found" && !this.live) this.socket.forget(this);
    this.emit("error", new StreamError(frame.code, frame.message));
  }
}

class StreamSocket extends Emitter {
  #url;
  #options;
  #socket = null;
  #subscriptions = new Map();
  #requests = new Map();
  #lastRef = 0;
  #wait = SHORTEST_WAIT;
  #reconnecting = null;
  #heart = null;
  #offset = 0;
  #bestRoundTrip = Infinity;
  #over = false;

  constructor(url, options) {
    super();
    this.#url = new URL(url, location.href);
    this.#url.protocol = this.#url.protocol.replace("http", "ws");
    this.#options = { heartbeat: 20000, patience: 10000, token: null, ...options };
    this.status = "closed";
    /** The subscription of a route with a stream of its own, once it has begun. */
    this.stream = null;
    addEventListener("online", this.#wakeUp);
    this.#open();
  }

  /** Subscribe to a stream. With `since` and `epoch` from before, goes on from there. */
  subscribe(stream, position) {
    const known = this.#subscriptions.get(stream);
    if (known) return known;
    const subscription = new Subscription(this, stream, position);
    this.#subscriptions.set(stream, subscription);
    if (this.status === "open") subscription.open();
    return subscription;
  }

  /** Send a command, for `stream` or the route's own. Resolves with its data, rejects with a StreamError. */
  send(message) {
    if (this.status !== "open") {
      return Promise.reject(new StreamError("disconnected", "There is no connection just now."));
    }
    const ref = `${++this.#lastRef}`;
    return new Promise((resolve, reject) => {
      this.#requests.set(ref, { resolve, reject });
      this.transmit({ ...message, ref });
    });
  }

  /** Milliseconds since 1970 by the server's clock. */
  serverNow() {
    return Date.now() + this.#offset;
  }

  /** Close for good. */
  close() {
    this.#over = true;
    removeEventListener("online", this.#wakeUp);
    clearTimeout(this.#reconnecting);
    this.#socket?.close(1000);
    this.#lost();
    this.#become("closed");
  }

  transmit(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  drop(subscription) {
    this.forget(subscription);
    this.transmit({ type: "unsubscribe", stream: subscription.stream });
  }

  forget(subscription) {
    this.#subscriptions.delete(subscription.stream);
  }

  #wakeUp = () => {
    if (this.status === "waiting") this.#open();
  };

  #become(status) {
    if (this.status === status) return;
    this.status = status;
    this.emit("status", status);
  }

  async #open() {
    clearTimeout(this.#reconnecting);
    this.#reconnecting = null;
    this.#become("connecting");
    this.#bestRoundTrip = Infinity;
    let protocols = [PROTOCOL];
    try {
      const token = await this.#options.token?.();
      if (token) protocols = [PROTOCOL, `chowk.token.${token}`];
    } catch (error) {
      this.emit("error", error);
      this.#tryAgain();
      return;
    }
    if (this.#over) return;
    const socket = new WebSocket(this.#address(), protocols);
    this.#socket = socket;
    const mine = (handle) => (event) => socket === this.#socket && handle(event);
    socket.onmessage = mine((event) => this.#take(JSON.parse(event.data)));
    socket.onclose = mine((event) => this.#closed(event));
  }

  /** A route's own stream resumes by the address; others by their subscribe messages. */
  #address() {
    const address = new URL(this.#url);
    if (this.stream?.seq != null) {
      address.searchParams.set("since", this.stream.seq);
      address.searchParams.set("epoch", this.stream.epoch);
    }
    return address;
  }

  #take(frame) {
    if (frame.server_time && frame.type !== "pong") this.#synchronise(frame.server_time, Infinity);
    if (frame.type === "welcome") this.#welcome(frame);
    else if (frame.type === "pong") this.#pong(frame);
    else if (this.#answers(frame)) return;
    else if (frame.stream) this.#route(frame);
    else if (frame.type === "error") this.emit("error", new StreamError(frame.code, frame.message));
  }

  #welcome(frame) {
    this.#wait = SHORTEST_WAIT;
    this.#become("open");
    this.emit("viewer", frame.viewer);
    for (const subscription of this.#subscriptions.values()) {
      if (subscription !== this.stream) subscription.open();
    }
    this.#beat();
  }

  #route(frame) {
    let subscription = this.#subscriptions.get(frame.stream);
    if (!subscription && frame.type === "subscribed" && !this.stream) {
      subscription = this.stream = new Subscription(this, frame.stream);
      this.#subscriptions.set(frame.stream, subscription);
    }
    subscription?.take(frame);
    if (!subscription && frame.type === "error") {
      this.emit("error", new StreamError(frame.code, frame.message));
    }
  }

  #answers(frame) {
    const request = this.#requests.get(frame.ref);
    if (!request) return false;
    this.#requests.delete(frame.ref);
    if (frame.type === "error") request.reject(new StreamError(frame.code, frame.message));
    else request.resolve(frame.data);
    return true;
  }

  // The heartbeat: is the other end there, what time is it there, did everything arrive?

  #beat() {
    clearTimeout(this.#heart);
    this.transmit({ type: "ping", ref: `t${performance.now()}` });
    this.#heart = setTimeout(() => this.#abandon(), this.#options.patience);
  }

  #pong(frame) {
    clearTimeout(this.#heart);
    const roundTrip = performance.now() - Number(String(frame.ref).slice(1));
    this.#synchronise(frame.server_time, roundTrip);
    for (const [stream, seq] of Object.entries(frame.seqs)) this.#subscriptions.get(stream)?.verify(seq);
    this.#heart = setTimeout(() => this.#beat(), this.#options.heartbeat);
  }

  /** Cristian's algorithm: the reading with the shortest round trip is the best. */
  #synchronise(serverTime, roundTrip) {
    if (roundTrip > this.#bestRoundTrip) return;
    this.#bestRoundTrip = roundTrip;
    this.#offset = serverTime + (Number.isFinite(roundTrip) ? roundTrip / 2 : 0) - Date.now();
  }

  #abandon() {
    const socket = this.#socket;
    this.#closed({ code: 1006 });
    socket.close();
  }

  #closed({ code }) {
    this.#lost();
    if (this.#over || FINAL_CODES.has(code)) this.close();
    else this.#tryAgain();
  }

  #lost() {
    this.#socket = null;
    clearTimeout(this.#heart);
    for (const subscription of this.#subscriptions.values()) subscription.live = false;
    for (const { reject } of this.#requests.values()) {
      reject(new StreamError("disconnected", "The connection broke: whether it was done is not known."));
    }
    this.#requests.clear();
  }

  /** Back-off with full jitter, so that a restarted server does not get everybody at once. */
  #tryAgain() {
    this.#become("waiting");
    this.#reconnecting = setTimeout(() => this.#open(), Math.random() * this.#wait + SHORTEST_WAIT / 2);
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
  }
}

/** Open a socket at `url` (relative to the page, or ws:// and wss://). */
export function connect(url, options = {}) {
  return new StreamSocket(url, options);
}
