/**
 * The contract of docs/system-contract.md in front of a service that speaks otherwise (here: an imaginary "Transfers API"), so that k6, the
 * second witness and the probes can drill it unchanged. One process, started by the environment (bringUp), three ports: the service's name and
 * each Region's own address. It hides nothing: no retry, no connection kept, the name looked up for each request, no answer of its own
 * except where nothing was sent. Whatever it cannot be sure of it breaks off, and the client calls that unknown.
 */
import { createHash } from "node:crypto";
import { createServer, request as plainRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { request as secureRequest } from "node:https";
import type { AddressInfo } from "node:net";
import type { Endpoints } from "#harness";

type Json = Readonly<Record<string, unknown>>;
type Answer = { readonly status: number; readonly region: string; readonly body: Json } | "not sent";

const deadlineMs = 10_000;
/** Connections that never came to be: not one byte of the request has left. */
const neverConnected = new Set(["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND"]);

const textOf = async (stream: AsyncIterable<unknown>): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
};

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return {};
  }
}

/** Asks the service once. Rejects when it cannot be told what became of the request. */
async function ask(url: URL, method: string, body?: string): Promise<Answer> {
  const request = url.protocol === "https:" ? secureRequest : plainRequest;
  const headers = body === undefined ? {} : { "content-type": "application/json" };
  return await new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false, signal: AbortSignal.timeout(deadlineMs) });
    sent.once("error", (error: NodeJS.ErrnoException) => {
      if (neverConnected.has(error.code ?? "")) resolve("not sent");
      else reject(error);
    });
    sent.once("response", (response) => {
      const region = String(response.headers["x-datacenter"] ?? "");
      textOf(response).then(
        (text) => resolve({ status: response.statusCode ?? 0, region, body: parsed(text) }),
        reject,
      );
    });
    sent.end(body);
  });
}

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** 1234 → "12.34", and back, without a floating-point number in between. */
export const decimal = (minor: number): string => `${Math.trunc(minor / 100)}.${String(minor % 100).padStart(2, "0")}`;
export const minorOf = (amount: unknown): number => Number(String(amount).replace(".", ""));

function reply(
  response: ServerResponse,
  status: number,
  given: { readonly region?: string; readonly isNotExecuted?: boolean; readonly body?: Json },
): void {
  const { region = "", isNotExecuted = false, body = {} } = given;
  response.writeHead(status, {
    "content-type": "application/json",
    ...(region === "" ? {} : { "x-region": region }),
    ...(isNotExecuted ? { "x-not-executed": "true" } : {}),
  });
  response.end(JSON.stringify(body));
}

async function write(base: string, text: string, response: ServerResponse): Promise<void> {
  const { id, from, to, amountMinor, reference } = parsed(text);
  // The hash travels in the remittance text, which their answers show: what they echo is what they took.
  const transfer = {
    clientRef: id,
    debtor: String(from),
    creditor: String(to),
    amount: decimal(Number(amountMinor)),
    remittance: sha256(text),
    attachment: reference,
  };
  const answer = await ask(new URL("/transfers", base), "POST", JSON.stringify(transfer));
  if (answer === "not sent") return reply(response, 503, { isNotExecuted: true });
  const { status, region, body } = answer;
  const isBooked = body["state"] === "BOOKED" && body["clientRef"] === id;
  if ((status === 201 || status === 200) && isBooked) {
    const committed = { id, hash: body["remittance"], region: body["bookedIn"], epoch: 0, lsn: 0, committed: true };
    return reply(response, status, { region, body: { ...committed, replay: status === 200 } });
  }
  // Their documentation: 422 is answered before anything is booked. It says so of nothing else, 202 (queued) and 503 included.
  reply(response, status, { region, isNotExecuted: status === 422, body: {} });
}

async function read(base: string, path: string, response: ServerResponse): Promise<void> {
  const [, kind, id = ""] = /^\/v1\/(payments|accounts)\/([^/]+)$/.exec(path) ?? [];
  const their = kind === "payments" ? `/transfers/${id}` : kind === "accounts" ? `/accounts/${id}/balance` : "/status";
  if (kind === undefined && path !== "/health") return reply(response, 404, {});
  const answer = await ask(new URL(their, base), "GET");
  if (answer === "not sent") return reply(response, 503, { isNotExecuted: true });
  const { status, region, body } = answer;
  if (status !== 200) return reply(response, status, { region });
  if (kind === "accounts")
    return reply(response, 200, { region, body: { id, balanceMinor: minorOf(body["balance"]) } });
  if (kind === undefined) return reply(response, body["accepting"] === true ? 200 : 503, { region });
  const payment = { from: Number(body["debtor"]), to: Number(body["creditor"]), amountMinor: minorOf(body["amount"]) };
  reply(response, 200, { region, body: { id, hash: body["remittance"], ...payment, region: body["bookedIn"] } });
}

/** Its url. */
async function serve(base: string): Promise<string> {
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? "/";
    if (request.method === "POST" && path === "/v1/payments") await write(base, await textOf(request), response);
    else await read(base, path, response);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The command line: the endpoints of the service itself, as JSON. The answer: the same with our addresses. It ends with its stdin. */
if (process.argv[1] === import.meta.filename) {
  const { service, primary, secondary, ...others } = JSON.parse(process.argv[2] ?? "") as Endpoints;
  const ready = {
    ...others,
    service: { url: await serve(service.url), ttlSeconds: service.ttlSeconds },
    primary: { ...primary, url: await serve(primary.url) },
    secondary: { ...secondary, url: await serve(secondary.url) },
  };
  process.stdout.write(`${JSON.stringify({ ready })}\n`);
  process.stdin.resume().once("close", () => process.exit(0));
}
