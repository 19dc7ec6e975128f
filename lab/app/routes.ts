/** The HTTP face of a task: docs/system-contract.md, route by route. */
import { Hono } from "hono";
import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { RegionName } from "../machinery.ts";
import { exportStream } from "./export.ts";
import { NotExecuted } from "./ledger.ts";
import type { Ledger, Paid } from "./ledger.ts";
import { offers } from "./offers.ts";
import { page } from "./page.ts";
import { hashOf, longestBodyBytes, parsePayment } from "./payment.ts";

export interface Service {
  readonly region: RegionName;
  readonly ledger: Ledger;
  readonly flow: () => "open" | "closed";
}

const notExecuted = { "x-not-executed": "true" };

function paid(context: Context, paidNow: Paid, id: string): Response {
  const { outcome, hash, region, epoch, lsn } = paidNow;
  const receipt = { id, hash, region, epoch, lsn, committed: true };
  if (outcome === "committed") return context.json(receipt, 201);
  if (outcome === "same") return context.json({ ...receipt, replay: true }, 200);
  if (outcome === "conflict") return context.json({ error: "id-conflict", hash }, 409);
  return context.json({ error: outcome }, 422, notExecuted);
}

/** Certain: 503 with x-not-executed. Not known: 500 without it; the client must find out by reading, or by offering the same id again. */
function failed(context: Context, error: unknown): Response {
  if (error instanceof NotExecuted)
    return context.json({ error: "unavailable", reason: error.message }, 503, notExecuted);
  return context.json({ error: "unknown", reason: error instanceof Error ? error.message : String(error) }, 500);
}

const closed = (context: Context): Response => context.json({ error: "flow-closed" }, 503, notExecuted);

export function routes(service: Service): Hono {
  const { region, ledger, flow } = service;
  const app = new Hono();
  const timesOffered = offers();

  app.use(async (context, next) => {
    await next();
    context.res.headers.set("x-region", region);
    context.res.headers.set("x-epoch", String(ledger.epoch));
    if (!context.res.headers.has("x-attempt")) context.res.headers.set("x-attempt", "1");
  });

  const tooLarge = (context: Context): Response =>
    context.json({ error: "the body is larger than 64 KiB" }, 400, notExecuted);
  app.post("/v1/payments", bodyLimit({ maxSize: longestBodyBytes, onError: tooLarge }), async (context) => {
    const body = new Uint8Array(await context.req.arrayBuffer());
    const payment = parsePayment(body);
    if (typeof payment === "string") return context.json({ error: payment }, 400, notExecuted);
    context.header("x-attempt", String(timesOffered(payment.id)));
    if (flow() !== "open") return closed(context);
    try {
      return paid(context, await ledger.pay(payment, body, hashOf(body), region), payment.id);
    } catch (error) {
      return failed(context, error);
    }
  });

  app.get("/v1/payments/:id", async (context) => {
    if (flow() !== "open") return closed(context);
    try {
      const found = await ledger.read(context.req.param("id"));
      return found ? context.json(found) : context.json({ error: "not-found" }, 404);
    } catch (error) {
      return failed(context, error);
    }
  });

  app.get("/v1/accounts/:id{[0-9]+}", async (context) => {
    if (flow() !== "open") return closed(context);
    try {
      const found = await ledger.account(Number(context.req.param("id")));
      return found ? context.json(found) : context.json({ error: "not-found" }, 404);
    } catch (error) {
      return failed(context, error);
    }
  });

  app.get("/v1/export", async (context) => {
    try {
      const stream = await exportStream(ledger, region, context.req.query("after") ?? "");
      return context.body(stream, 200, { "content-type": "application/x-ndjson" });
    } catch (error) {
      return failed(context, error);
    }
  });

  app.get("/health", async (context) => {
    try {
      const { role, writable, epoch } = await ledger.state();
      const serving = writable && flow() === "open";
      return context.json(
        { status: serving ? "ok" : "unavailable", region, role, epoch, flow: flow() },
        serving ? 200 : 503,
      );
    } catch {
      // Its last known epoch; what role it would have is not known, and a task that cannot tell must not claim "primary".
      return context.json({ status: "unavailable", region, role: "standby", epoch: ledger.epoch, flow: flow() }, 503);
    }
  });

  /** For the balancer: the process answers. Whether the Region can serve is /health. */
  app.get("/live", (context) => context.text("alive"));

  app.get("/", async (context) => {
    const number = Number(context.req.query("account") ?? "1");
    const idPrefix = context.req.query("idPrefix") ?? "web-";
    if (flow() !== "open")
      return context.html(page({ region, unavailable: "Payments are paused for a moment." }), 503, notExecuted);
    try {
      const account = await ledger.account(Number.isInteger(number) && number > 0 ? number : 1);
      if (!account) return context.html(page({ region, unavailable: "There is no such account." }), 404);
      return context.html(page({ region, account, idPrefix }));
    } catch {
      return context.html(page({ region, unavailable: "Your accounts cannot be reached right now." }), 503);
    }
  });
  return app;
}
