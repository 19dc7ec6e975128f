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
  /** Of these: the probe hung up before it had the answer. */
  fenceUnheard: number;
  /** When a read that had found it was over, by id. */
  readonly foundUs: Map<string, number>;
  /** Reads that were sent after a promise, or after another read had found it, and did not find what is there. */
  readonly staleReads: StaleRead[];
}

export interface StaleRead {
  readonly payment: Payment;
  readonly sentUs: number;
  /** How long after its promise, or after another read had found it, it was sent. */
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
  if (path === "/health") return health(state, taken);
  if (path.startsWith("/?") || path === "/") return { status: 200, body: "the page" };
  const open = isOpen(state, taken);
  if (method === "POST") {
    const accepts = open || (via === "primary" && acceptsFence(state, taken));
    return accepts && taken.trouble?.kind !== "read-only" ? write(state, taken) : closed;
  }
  if (!open) return closed;
  const account = /^\/v1\/accounts\/(\d+)$/.exec(path)?.[1];
  if (account !== undefined) return { status: 200, body: { id: Number(account), balanceMinor: 1, recent: [] } };
  return readPayment(state, taken, decodeURIComponent(path.slice("/v1/payments/".length)));
}

function isOpen({ script }: LiarState, { region, instantUs, moments, old }: Taken): boolean {
  if (old) return true;
  if (region === 1) return instantUs >= Math.max(moments.openUs, moments.promotedUs) && instantUs < moments.switchedUs;
  if (instantUs >= moments.switchedUs || isServing(script, moments, instantUs)) return true;
  return instantUs >= moments.faultEndsUs && moments.promotedUs === Number.POSITIVE_INFINITY;
}

/** The old primary, before any failover is over: not yet hit, spared by the fault, or let go by it. */
export function isServing({ fault }: LiarScript, moments: Moments, us: number): boolean {
  if (us >= moments.fencedUs) return false;
  const isSpared = fault.share !== undefined || (fault.returns === true && us >= moments.faultEndsUs);
  return us < moments.faultUs || (isSpared && us < moments.promotedUs);
}

function health(state: LiarState, taken: Taken): Response {
  const { region, instantUs, moments } = taken;
  const up = isOpen(state, taken);
  const role = region === 0 || instantUs >= moments.promotedUs ? "primary" : "standby";
  const said = {
    region: regionNames[region],
    role,
    epoch: state.script.epochOf(region, instantUs, moments),
    flow: up ? "open" : "closed",
  };
  return { status: up ? 200 : 503, body: { status: up ? "ok" : "unavailable", ...said } };
}

export const fenceLeaks = (state: LiarState, moments: Moments, us: number): boolean =>
  us >= moments.promotedUs && us < moments.switchedUs && state.fenceAccepted < state.script.fenceAccepts;

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
  // A Region that never received it does it as if it had never been offered.
  if (known?.on[volumeAt(taken)] === true || (known !== undefined && known.ackedUs !== null))
    return offeredAgain(known, hash);
  const lie = via === "name" ? script.onWrite(state.writes++, id) : null;
  const lsn = 16_777_216 + 5_400 * volume.payments.size;
  const payment = newPayment(script, { id, from, to, amountMinor, body, hash, lsn }, taken, lie);
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

/** Once the service is back in the primary Region, what it serves is the rebuilt copy of the other's. */
const volumeAt = ({ region, instantUs, moments }: Taken): 0 | 1 => (instantUs >= moments.switchedUs ? 1 : region);

function readPayment(state: LiarState, taken: Taken, id: string): Response {
  const { instantUs, moments, request } = taken;
  const volume = volumeAt(taken);
  const found = state.volume.payments.get(id);
  const stale = state.script.stale(moments);
  const isBehind = stale !== null && instantUs >= stale.fromUs && instantUs < stale.untilUs;
  const seenUs = instantUs - (isBehind ? stale.byUs : 0);
  const foundUs = state.foundUs.get(id) ?? Number.POSITIVE_INFINITY;
  if (found === undefined || !found.on[volume] || found.committedUs > seenUs) {
    const afterUs = request.atUs - Math.min(foundUs, found?.ackedUs ?? foundUs);
    if (found?.on[volume] === true && afterUs >= 0)
      state.staleReads.push({ payment: found, sentUs: request.atUs, afterUs });
    return { status: 404, body: { error: "not-found" } };
  }
  const delivered = (us: number): void => void state.foundUs.set(id, Math.min(us, foundUs));
  return { status: 200, body: promiseOf(found), delivered };
}

type Asked = Pick<Payment, "id" | "from" | "to" | "amountMinor" | "body" | "hash" | "lsn">;

function newPayment(script: LiarScript, asked: Asked, taken: Taken, lie: WriteLie | null): Payment {
  const { region, instantUs, moments, old, request } = taken;
  const done = lie !== "promise-only";
  const isServed = !old && (isServing(script, moments, instantUs) || instantUs >= moments.switchedUs);
  const isBefore = !old && instantUs < Math.min(moments.faultUs, moments.promotedUs);
  const reachesOther = region === 1 || isServed || isBefore;
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
    epoch: script.epochOf(region, instantUs, moments),
    servedBy: lie === "elsewhere" ? forbiddenRegion : regionNames[region],
    sentUs: request.atUs,
    committedUs: done ? instantUs : Number.POSITIVE_INFINITY,
    ackedUs: null,
    refused: false,
    offers: lie === "offered-twice" ? 2 : 1,
    // What the old primary takes after it is gone never reaches the other Region by itself.
    on: [done && region === 0, done && reachesOther],
    lost: old || !done,
    replayed: false,
    copies: 1,
    replayedCopy: null,
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
