/**
 * One link: a TCP relay that behaves like a stretch of network. It delays, and it can hold each direction: bytes, FIN and RST are kept
 * and delivered when the hold ends, as TCP's retransmission would after a real partition. (Dropping bytes would leave a corrupt stream,
 * and passing on the FIN of a killed peer would tell the other side what a dead Region never tells.)
 *
 * A connection opened during a hold gets no answer: the kernel completes the handshake with us, so the client "connects" and then
 * hangs. Where its SYN would have been lost it was never connected: if it gives up before the hold ends, nothing of it is delivered.
 */
import { connect, createServer } from "node:net";
import type { Server, Socket } from "node:net";
import type { LinkSpec } from "../layout.ts";

/** Bytes kept per direction before the sender is slowed down. */
const windowBytes = 4 * 1024 * 1024;

export interface Hold {
  /** From the client's side to the target. */
  readonly up: boolean;
  readonly down: boolean;
}
/** A client that waits for a held link sends a request, not a film. */
const keptChunks = 64;
const nothingHeld: Hold = { up: false, down: false };

type Parcel =
  | { readonly kind: "bytes"; readonly bytes: Buffer; readonly dueMs: number }
  | { readonly kind: "end" | "reset"; readonly dueMs: number };

/** One direction of one connection: a queue that is emptied when its head is due and the direction is not held. */
class Pipe {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #delayMs: () => number;
  #held: boolean;
  #queue: Parcel[] = [];
  #queuedBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #abandoned = false;

  constructor(from: Socket, to: Socket, delayMs: () => number, held: boolean) {
    this.#from = from;
    this.#to = to;
    this.#delayMs = delayMs;
    this.#held = held;
    from.on("data", (bytes: Buffer) => this.accept(bytes));
    from.on("end", () => this.#append({ kind: "end", dueMs: this.#due() }));
    from.on("error", () => this.#append({ kind: "reset", dueMs: this.#due() }));
    to.on("drain", () => this.#deliver());
    to.on("close", () => this.#abandon());
  }

  setHeld(held: boolean): void {
    this.#held = held;
    if (!held) this.#deliver();
  }

  #due(): number {
    const delayMs = this.#delayMs();
    return delayMs === 0 ? 0 : performance.now() + delayMs;
  }

  accept(bytes: Buffer): void {
    if (this.#abandoned) return;
    const dueMs = this.#due();
    // The common case of the customers' links: nothing waits, nothing is delayed, nothing is held.
    if (dueMs === 0 && !this.#held && this.#queue.length === 0) {
      if (!this.#to.destroyed && !this.#to.write(bytes)) this.#from.pause();
      return;
    }
    this.#queuedBytes += bytes.length;
    if (this.#queuedBytes >= windowBytes) this.#from.pause();
    this.#append({ kind: "bytes", bytes, dueMs });
  }

  #append(parcel: Parcel): void {
    if (this.#abandoned) return;
    this.#queue.push(parcel);
    if (this.#queue.length === 1) this.#deliver();
  }

  #deliver(): void {
    if (this.#held || this.#abandoned) return;
    let taken = 0;
    const nowMs = performance.now();
    for (const parcel of this.#queue) {
      if (parcel.dueMs > nowMs || this.#to.writableNeedDrain) break;
      taken += 1;
      this.#hand(parcel);
    }
    if (taken > 0) this.#queue = this.#queue.slice(taken);
    const head = this.#queue[0];
    clearTimeout(this.#timer);
    if (head === undefined) {
      if (!this.#to.writableNeedDrain) this.#from.resume();
    } else if (!this.#to.writableNeedDrain) {
      if (this.#queuedBytes < windowBytes) this.#from.resume();
      this.#timer = setTimeout(() => this.#deliver(), Math.max(0, head.dueMs - nowMs));
    }
  }

  #hand(parcel: Parcel): void {
    if (parcel.kind === "bytes") {
      this.#queuedBytes -= parcel.bytes.length;
      if (!this.#to.destroyed) this.#to.write(parcel.bytes);
    } else if (parcel.kind === "end") this.#to.end();
    else this.#to.resetAndDestroy();
  }

  /** Nobody is left to deliver to. */
  #abandon(): void {
    this.#abandoned = true;
    clearTimeout(this.#timer);
    this.#queue = [];
    this.#queuedBytes = 0;
    // Keep reading, or the sender's FIN would never be seen and the socket never end.
    this.#from.resume();
  }
}

interface Pipes {
  readonly up: Pipe;
  readonly down: Pipe;
  readonly target: Socket;
}

class Connection {
  readonly #client: Socket;
  readonly #link: Link;
  readonly #onEnd: () => void;
  #pipes: Pipes | null = null;
  /** What the client sent while it waited for a link that was held when it came. */
  #kept: Buffer[] = [];

  constructor(client: Socket, link: Link, onEnd: () => void) {
    this.#client = client;
    this.#link = link;
    this.#onEnd = onEnd;
    client.on("error", () => undefined);
    client.on("close", () => this.#closed());
    if (link.hold.up || link.hold.down) {
      // Reading on is the only way to see the client give up.
      client.on("data", this.#keep);
      client.on("end", this.#giveUp);
    } else this.#connect();
  }

  readonly #keep = (bytes: Buffer): void => {
    this.#kept.push(bytes);
    if (this.#kept.length > keptChunks) this.#client.pause();
  };
  readonly #giveUp = (): void => void this.#client.destroy();

  #connect(): Pipes {
    const { target: to } = this.#link.spec;
    const target = connect({ host: to.host, port: to.port, allowHalfOpen: true, noDelay: true });
    target.on("close", () => this.#closed());
    const delayMs = (): number => this.#link.delayMs;
    const pipes = {
      target,
      up: new Pipe(this.#client, target, delayMs, this.#link.hold.up),
      down: new Pipe(target, this.#client, delayMs, this.#link.hold.down),
    };
    this.#pipes = pipes;
    return pipes;
  }

  /** Over only when both ends are: parcels may still be under way to one when the other is gone. */
  #closed(): void {
    if (this.#client.destroyed && (this.#pipes === null || this.#pipes.target.destroyed)) this.#onEnd();
  }

  apply(hold: Hold): void {
    if (this.#pipes) {
      this.#pipes.up.setHeld(hold.up);
      this.#pipes.down.setHeld(hold.down);
      return;
    }
    if (hold.up || hold.down || this.#client.destroyed) return;
    this.#client.off("data", this.#keep).off("end", this.#giveUp);
    const { up } = this.#connect();
    for (const bytes of this.#kept) up.accept(bytes);
    this.#kept = [];
  }

  reset(): void {
    this.#client.resetAndDestroy();
    this.#pipes?.target.resetAndDestroy();
  }
}

export class Link implements AsyncDisposable {
  readonly spec: LinkSpec;
  delayMs: number;
  hold: Hold = nothingHeld;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();

  private constructor(spec: LinkSpec) {
    this.spec = spec;
    this.delayMs = spec.delayMs;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      const connection = new Connection(client, this, () => this.#connections.delete(connection));
      this.#connections.add(connection);
    });
  }

  static async open(spec: LinkSpec): Promise<Link> {
    const link = new Link(spec);
    await new Promise<void>((resolve, reject) => {
      link.#server.once("error", reject);
      link.#server.listen({ host: spec.listen.host, port: spec.listen.port, backlog: 4_096 }, resolve);
    });
    return link;
  }

  get connections(): number {
    return this.#connections.size;
  }

  setHold(hold: Hold): void {
    this.hold = hold;
    for (const connection of this.#connections) connection.apply(hold);
  }

  /** Cuts every connection with RST at both ends. */
  reset(): void {
    for (const connection of this.#connections) connection.reset();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.reset();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
