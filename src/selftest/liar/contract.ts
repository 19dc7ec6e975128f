/** The liar's side of docs/system-contract.md: what a Region that has taken a request answers, and what it does. */
import { forbiddenRegion, regionNames } from "./script.ts";
import type { LiarScript, Moments, Payment, Trouble, WriteLie } from "./script.ts";
import { sha256 } from "./volume.ts";
import type { Volume } from "./volume.ts";

export interface LiarRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: string;
  /** The service's name, or the fixed address of a Region. */
  readonly via: "name" | "primary" | "secondary";
  readonly atUs: number;
  /** When the client asked what the name resolves to; just now unless given. */
  readonly resolvedUs?: number;
  /** The client's own luck, which leaves that of all others as it is; the liar's unless given. */
  readonly random?: () => number;
  /** The client hangs up after that. */
  readonly patienceUs: number;
}

export interface LiarState {
  readonly script: LiarScript;
  readonly volume: Volume;
  readonly random: () => number;
  /** Writes that customers asked for. */
  writes: number;
  fenceAccepted: number;
  /** Reads that were sent after a promise and did not find what was promised and is there. */
  readonly staleReads: StaleRead[];
}

export interface StaleRead {
  readonly payment: Payment;
  /** How long after its promise it was sent. */
  readonly afterUs: number;
}

/** A request that a Region has taken. */
export interface Taken {
  readonly request: LiarRequest;
  readonly region: 0 | 1;
  /** When it is carried out. */
  readonly instantUs: number;
  readonly moments: Moments;
  /** A customer whom the route change has not reached, and whom the old primary serves. */
  readonly old: boolean;
  readonly trouble: Trouble | null;
}

export interface Response {
  /** 0: the answer never leaves. */
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Called when the client has the answer. */
  readonly delivered?: (atUs: number) => void;
}

const closed: Response = { status: 503, body: { error: "closed" }, headers: { "x-not-executed": "true" } };

export function respond(state: LiarState, taken: Taken): Response {
  const { method, path, via } = taken.request;
  if (path === "/health") return health(taken);
  if (path.startsWith("/?") || path === "/") return { status: 200, body: "the page" };
  const open = isOpen(taken);
  if (method === "POST") {
    const accepts = open || (via === "primary" && acceptsFence(state, taken));
    return accepts && taken.trouble?.kind !== "read-only" ? write(state, taken) : closed;
  }
  if (!open) return closed;
  const account = /^\/v1\/accounts\/(\d+)$/.exec(path)?.[1];
  if (account !== undefined) return { status: 200, body: { id: Number(account), balanceMinor: 1, recent: [] } };
  return readPayment(state, taken, decodeURIComponent(path.slice("/v1/payments/".length)));
}

function isOpen({ region, instantUs, moments, old }: Taken): boolean {
  if (old) return true;
  if (region === 1) return instantUs >= Math.max(moments.openUs, moments.promotedUs);
  if (instantUs < Math.min(moments.faultUs, moments.fencedUs)) return true;
  return instantUs >= moments.faultEndsUs && moments.promotedUs === Number.POSITIVE_INFINITY;
}

function health(taken: Taken): Response {
  const { region, instantUs, moments } = taken;
  const up = isOpen(taken);
  const role = region === 0 || instantUs >= moments.promotedUs ? "primary" : "standby";
  const said = { region: regionNames[region], role, epoch: region + 1, flow: up ? "open" : "closed" };
  return { status: up ? 200 : 503, body: { status: up ? "ok" : "unavailable", ...said } };
}

export const fenceLeaks = (state: LiarState, moments: Moments, us: number): boolean =>
  us >= moments.promotedUs && state.fenceAccepted < state.script.fenceAccepts;

function acceptsFence(state: LiarState, { instantUs, moments }: Taken): boolean {
  if (!fenceLeaks(state, moments, instantUs)) return false;
  state.fenceAccepted += 1;
  return true;
}

function write(state: LiarState, taken: Taken): Response {
  const { body = "", via } = taken.request;
  const { volume, script } = state;
  const { id, from, to, amountMinor } = JSON.parse(body) as Pick<Payment, "id" | "from" | "to" | "amountMinor">;
  const hash = sha256(body);
  const known = volume.payments.get(id);
  if (known !== undefined) return offeredAgain(known, hash);
  const lie = via === "name" ? script.onWrite(state.writes++, id) : null;
  const lsn = 16_777_216 + 5_400 * volume.payments.size;
  const payment = newPayment({ id, from, to, amountMinor, body, hash, lsn }, taken, lie);
  volume.add(payment);
  if (lie === "refuse-and-do") return { ...closed, delivered: () => void (payment.refused = true) };
  const region = lie === "elsewhere" ? forbiddenRegion : regionNames[taken.region];
  const headers = { "x-attempt": String(payment.offers), "x-region": region };
  const answer: Response = { status: 201, body: { ...promiseOf(payment), region }, headers };
  return lie === "swallow" ? { ...answer, status: 0 } : { ...answer, delivered: (us) => void (payment.ackedUs = us) };
}

function offeredAgain(known: Payment, hash: string): Response {
  known.offers += 1;
  const headers = { "x-attempt": String(known.offers) };
  if (known.hash !== hash) return { status: 409, body: { error: "id-conflict", hash: known.hash }, headers };
  const delivered = (us: number): void => void (known.ackedUs ??= us);
  return { status: 200, body: { ...promiseOf(known), replay: true }, headers, delivered };
}

function readPayment(state: LiarState, { instantUs, moments, region, request }: Taken, id: string): Response {
  const found = state.volume.payments.get(id);
  const stale = state.script.stale(moments);
  const isBehind = stale !== null && instantUs >= stale.fromUs && instantUs < stale.untilUs;
  const seenUs = instantUs - (isBehind ? stale.byUs : 0);
  if (found === undefined || !found.on[region] || found.committedUs > seenUs) {
    const afterUs = request.atUs - (found?.ackedUs ?? Number.POSITIVE_INFINITY);
    if (found?.on[region] === true && afterUs >= 0) state.staleReads.push({ payment: found, afterUs });
    return { status: 404, body: { error: "not-found" } };
  }
  return { status: 200, body: promiseOf(found) };
}

type Asked = Pick<Payment, "id" | "from" | "to" | "amountMinor" | "body" | "hash" | "lsn">;

function newPayment(asked: Asked, taken: Taken, lie: WriteLie | null): Payment {
  const { region, instantUs, moments, old, request } = taken;
  const done = lie !== "promise-only";
  // Field by field: a hundred thousand of these are made in one of the tests.
  return {
    id: asked.id,
    body: asked.body,
    hash: asked.hash,
    from: asked.from,
    to: asked.to,
    amountMinor: asked.amountMinor,
    lsn: asked.lsn,
    region,
    epoch: region + 1,
    servedBy: lie === "elsewhere" ? forbiddenRegion : regionNames[region],
    sentUs: request.atUs,
    committedUs: done ? instantUs : Number.POSITIVE_INFINITY,
    ackedUs: null,
    refused: false,
    offers: lie === "offered-twice" ? 2 : 1,
    // What the old primary takes after the fault never reaches the other Region by itself.
    on: [done && region === 0, done && (region === 1 || instantUs < moments.faultUs)],
    lost: old || !done,
    replayed: false,
    copies: 1,
    storedBody: asked.body,
    storedFrom: asked.from,
    debits: 1,
    credits: 1,
    storedRegion: lie === "elsewhere" ? forbiddenRegion : regionNames[region],
  };
}

const promiseOf = ({ id, hash, from, to, amountMinor, region, epoch, lsn }: Payment): object => ({
  id,
  hash,
  from,
  to,
  amountMinor,
  region: regionNames[region === 0 ? 0 : 1],
  epoch,
  lsn,
  committed: true,
});
