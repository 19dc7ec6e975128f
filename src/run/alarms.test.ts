import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Alarm, Endpoints, Environment } from "../model/environment.ts";
import type { RunEventInput } from "../model/journal.ts";
import { watchAlarms } from "./alarms.ts";
import { createRunClock } from "./clock.ts";
import type { Journal } from "./journal.ts";

test("alarms: each change is journalled once, and so is a silence, with when they were last heard", async () => {
  const said: RunEventInput[] = [];
  const journal = { append: (event: RunEventInput) => void said.push(event) } as unknown as Journal;
  const over = new AbortController();
  let answer: () => readonly Alarm[] = () => {
    throw new Error("403 Forbidden");
  };
  const alarm = (state: Alarm["state"], sinceMs: number): Alarm => ({ name: "health", state, sinceMs });
  const environment = { alarms: async () => await Promise.resolve(answer()) } as unknown as Environment;
  const watch = watchAlarms(environment, {} as Endpoints, {
    journal,
    clock: createRunClock("alarms"),
    intervalMs: 2,
    signal: over.signal,
  });
  const until = async (count: number): Promise<void> => {
    for (let n = 0; n < 1000 && said.length < count; n += 1) await delay(5);
    await delay(10);
  };
  await until(1);
  assert.equal(watch.silent(), "403 Forbidden");
  answer = () => [alarm("OK", 0)];
  await until(3);
  assert.equal(watch.silent(), null);
  answer = () => [alarm("ALARM", 1_790_000_000_000)];
  await until(4);
  answer = () => {
    throw new Error("503");
  };
  await until(5);
  over.abort();
  const told = said.map((event) =>
    event.type === "alarms.silent"
      ? `${event.reason} ${event.heardUs === null ? "never heard" : "heard before"}`
      : event.type === "alarm"
        ? `${event.state} ${event.sourceMs}`
        : event.type,
  );
  assert.deepEqual(told, [
    "403 Forbidden never heard",
    "alarms.heard",
    "OK null",
    "ALARM 1790000000000",
    "503 heard before",
  ]);
});

test("an alarm is heard by when it was seen, however wrong its source's clock is", async () => {
  const journal = { append: () => {} } as unknown as Journal;
  using over = { controller: new AbortController(), [Symbol.dispose]: () => over.controller.abort() };
  let state: Alarm["state"] = "ALARM";
  const environment = {
    alarms: async () => await Promise.resolve([{ name: "health", state, sinceMs: 1_000_000_000_000 }]),
  } as unknown as Environment;
  const clock = createRunClock("alarms");
  const { signal } = over.controller;
  const watch = watchAlarms(environment, {} as Endpoints, { journal, clock, intervalMs: 2, signal });
  const seen = async (wanted: Alarm["state"]): Promise<void> => {
    for (let n = 0; n < 1000 && watch.current()[0]?.state !== wanted; n += 1) await delay(5);
  };
  await seen("ALARM");
  await delay(5);
  const faultUs = clock.us();
  assert.equal(watch.firing([], faultUs), undefined, "it was on before");
  state = "OK";
  await seen("OK");
  state = "ALARM";
  await seen("ALARM");
  assert.equal(watch.firing([], faultUs)?.name, "health");
  assert.equal(watch.firing(["other"], faultUs), undefined);
});
