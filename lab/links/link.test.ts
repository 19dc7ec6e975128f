import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { poll } from "../poll.ts";
import { Link } from "./link.ts";

interface Ends extends AsyncDisposable {
  readonly link: Link;
  readonly client: Socket;
  readonly peer: Socket;
  readonly accepted: () => number;
  readonly dial: () => Promise<Socket>;
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** A port that was free a moment ago: a link has to be told its own. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A link with one connection through it; `client` dialled, `peer` is the server's end. */
async function ends(delayMs = 0): Promise<Ends> {
  const accepted: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => undefined);
    accepted.push(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const listen = { host: "127.0.0.1", port: await freePort() };
  const link = await Link.open({ name: "test", listen, target: { host: "127.0.0.1", port: portOf(server) }, delayMs });
  const dial = async (): Promise<Socket> => {
    const socket = connect({ ...listen, allowHalfOpen: true });
    socket.on("error", () => undefined);
    await once(socket, "connect");
    return socket;
  };
  const arriving = once(server, "connection") as Promise<[Socket]>;
  const client = await dial();
  const [peer] = await arriving;
  return {
    link,
    client,
    peer,
    accepted: () => accepted.length,
    dial,
    async [Symbol.asyncDispose]() {
      for (const socket of [client, ...accepted]) socket.destroy();
      await link[Symbol.asyncDispose]();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function received(socket: Socket): { readonly text: () => string; readonly ended: () => boolean } {
  let [text, ended] = ["", false];
  socket.on("data", (bytes: Buffer) => (text += bytes.toString("latin1")));
  socket.on("end", () => (ended = true));
  return { text: () => text, ended: () => ended };
}

const until = (what: string, check: () => boolean): Promise<true> =>
  poll(what, () => (check() ? true : undefined), { everyMs: 2, deadlineMs: 5_000 });

/** Long enough for anything that is not held to arrive. */
const aWhile = (): Promise<void> => sleep(100);

test("bytes and FIN that meet a hold are kept, in order, and delivered when it ends", async () => {
  await using pair = await ends();
  const [atPeer, atClient] = [received(pair.peer), received(pair.client)];
  pair.client.write("before ");
  await until("the first bytes", () => atPeer.text() === "before ");
  pair.link.setHold({ up: true, down: true });
  pair.client.write("during ");
  pair.client.end("end");
  pair.peer.write("answer");
  await aWhile();
  assert.equal(atPeer.text(), "before ");
  assert.equal(atPeer.ended(), false);
  assert.equal(atClient.text(), "");
  pair.link.setHold({ up: false, down: false });
  await until("everything", () => atPeer.ended() && atClient.text() === "answer");
  assert.equal(atPeer.text(), "before during end");
});

test("each direction is held alone", async () => {
  await using pair = await ends();
  const [atPeer, atClient] = [received(pair.peer), received(pair.client)];
  pair.link.setHold({ up: false, down: true });
  pair.client.write("question");
  await until("the question", () => atPeer.text() === "question");
  pair.peer.write("answer");
  await aWhile();
  assert.equal(atClient.text(), "");
  pair.link.setHold({ up: false, down: false });
  await until("the answer", () => atClient.text() === "answer");
});

test("the death of a peer behind a hold is not seen on the other side, and its RST arrives after it", async () => {
  await using pair = await ends();
  const atClient = received(pair.client);
  let closed = false;
  pair.client.on("close", () => (closed = true));
  pair.link.setHold({ up: true, down: true });
  pair.peer.resetAndDestroy();
  await aWhile();
  assert.equal(closed || atClient.ended(), false);
  pair.link.setHold({ up: false, down: false });
  await until("the reset", () => closed);
  assert.equal(atClient.ended(), false);
});

test("what a client that died during a hold had sent before still arrives", async () => {
  await using pair = await ends();
  const atPeer = received(pair.peer);
  pair.link.setHold({ up: true, down: true });
  pair.client.write("last words");
  await aWhile();
  pair.client.resetAndDestroy();
  await aWhile();
  pair.link.setHold({ up: false, down: false });
  await until("the last words", () => atPeer.text() === "last words");
});

test("a connection opened during a hold reaches nobody until it ends, and never if its client gave up", async () => {
  await using pair = await ends();
  pair.link.setHold({ up: true, down: true });
  const patient = await pair.dial();
  patient.write("hello");
  const impatient = await pair.dial();
  impatient.end("forget me");
  await aWhile();
  assert.equal(pair.accepted(), 1);
  pair.link.setHold({ up: false, down: false });
  await until("the patient one", () => pair.accepted() === 2);
  await aWhile();
  assert.equal(pair.accepted(), 2);
  patient.destroy();
});

test("a link without a server behind it resets whoever comes", async () => {
  const listen = { host: "127.0.0.1", port: await freePort() };
  const target = { host: "127.0.0.1", port: await freePort() };
  await using lonely = await Link.open({ name: "lonely", listen, target, delayMs: 0 });
  const client = connect(lonely.spec.listen);
  const [error] = (await once(client, "error", { signal: AbortSignal.timeout(5_000) })) as [NodeJS.ErrnoException];
  assert.equal(error.code, "ECONNRESET");
});

test("a slow reader slows the sender instead of filling the memory, and every byte arrives", async () => {
  await using pair = await ends(1);
  pair.peer.pause();
  const total = 24 * 1024 * 1024;
  let sent = 0;
  const chunk = Buffer.alloc(64 * 1024, 7);
  const pump = (): void => {
    while (sent < total) {
      sent += chunk.length;
      if (pair.client.write(chunk)) continue;
      pair.client.once("drain", pump);
      return;
    }
    pair.client.end();
  };
  pump();
  await sleep(500);
  assert.ok(sent < total, `all ${total} bytes were taken although nobody read`);
  let got = 0;
  pair.peer.on("data", (bytes: Buffer) => (got += bytes.length));
  pair.peer.resume();
  await once(pair.peer, "end", { signal: AbortSignal.timeout(10_000) });
  assert.equal(got, total);
});

test("a round trip takes twice the delay", async () => {
  await using pair = await ends(40);
  pair.peer.on("data", (bytes: Buffer) => pair.peer.write(bytes));
  const startedAt = performance.now();
  pair.client.write("ping");
  await once(pair.client, "data");
  const tookMs = performance.now() - startedAt;
  // Only the lower bound is a property of the link; the upper one is the machine's mood.
  assert.ok(tookMs >= 79, `${tookMs} ms`);
});
