import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import fence from "../../probes/fence.probe.ts";
import type { Observation, ProbeContext } from "../model/probe.ts";

/** What the probe says of one attempt on an old primary that answers like this; the ids that reached it. */
async function attempted(
  answer: (response: ServerResponse) => void,
  more: { readonly gone?: boolean; readonly signal?: AbortSignal } = {},
): Promise<{ readonly said: Observation; readonly ids: readonly string[] }> {
  const ids: string[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    let body = "";
    request.on("data", (chunk: Buffer) => void (body += chunk.toString()));
    request.on("end", () => {
      ids.push((JSON.parse(body) as { id: string }).id);
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  if (more.gone === true) await close();
  const context = {
    phase: "failover",
    idPrefix: "run.f.",
    signal: more.signal ?? new AbortController().signal,
    endpoints: { primary: { url: `http://127.0.0.1:${port}` } },
  } as unknown as ProbeContext;
  const said = await fence.observe?.(context);
  if (more.gone !== true) await close();
  assert.ok(said !== undefined);
  return { said, ids };
}

const told = ({ detail }: Observation): unknown => [detail?.["attempted"], detail?.["accepted"], detail?.["refused"]];

test("an accepted attempt, and one that was certainly refused, each with its id", async () => {
  const accepted = await attempted((response) => void response.writeHead(201).end());
  assert.deepEqual([accepted.said.ok, told(accepted.said)], [false, [true, true, false]]);
  assert.deepEqual([accepted.said.detail?.["id"]], accepted.ids);
  const refused = await attempted((response) => void response.writeHead(503, { "x-not-executed": "true" }).end());
  assert.deepEqual([refused.said.ok, told(refused.said)], [true, [true, false, true]]);
  assert.deepEqual([refused.said.detail?.["id"]], refused.ids);
  assert.notDeepEqual(refused.ids, accepted.ids);
  const gone = await attempted(() => {}, { gone: true });
  assert.deepEqual([gone.said.ok, told(gone.said), gone.ids], [true, [true, false, true], []]);
  assert.match(String(gone.said.detail?.["id"]), /^run\.f\.\d+$/);
});

test("an attempt of which nobody knows how it ended is neither, and its id is on record, too", async () => {
  const vague = await attempted((response) => void response.writeHead(503).end());
  const reset = await attempted((response) => response.destroy());
  // Cut off by the probe's own patience; and by the end of the drill.
  const silent = await attempted(() => {});
  const stopping = new AbortController();
  const stopped = await attempted(() => stopping.abort(), { signal: stopping.signal });
  for (const { said, ids } of [vague, reset, silent, stopped]) {
    assert.deepEqual([said.ok, told(said)], [true, [true, false, false]]);
    assert.deepEqual([said.detail?.["id"]], ids);
  }
});
