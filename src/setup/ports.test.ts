import assert from "node:assert/strict";
import { test } from "node:test";
import { portsFor } from "./ports.ts";

test("a load that opens more connections a minute than there are ports is told before the drill", () => {
  const linux = { ports: 28_232, reused: false };
  assert.equal(portsFor(10_000, 1, linux), "10,000 of 28,232 at 10,000 connections a minute");
  assert.equal(portsFor(60_000, 3, linux), "20,000 of 28,232 at 60,000 connections a minute");
  assert.throws(() => portsFor(60_000, 2, linux), /need 30,000 ports .* has 28,232: set net\.ipv4\.tcp_tw_reuse=1/);
  assert.equal(portsFor(60_000, 1, { ports: 28_232, reused: true }), "28,232, given out again at once");
});
