/**
 * One transaction: a write or a read, recorded. A write is sent once and never again, and without an Idempotency-Key header:
 * with one, Go's HTTP client repeats a request by itself when a connection breaks, unseen by this script.
 */
import crypto from "k6/crypto";
import exec from "k6/execution";
import http, { type RefinedResponse } from "k6/http";
import { paymentBody, paymentOf, seedOf } from "./payment.ts";
import { elsewhere, noSocketCode } from "../src/model/ledger.ts";
import { settings } from "./settings.ts";

/** As in src/model/ledger.ts. */
export type Ack = 0 | 1 | 2 | 3 | 4;
/** Where rows go: k6/x/ledger, or console-ledger.ts in a k6 without it. */
export type Ledger = typeof import("k6/x/ledger");
type Response = RefinedResponse<"text">;
type Json = Readonly<Record<string, unknown>>;

const { idPrefix, writeEvery, bodyBytes } = settings;
const payments = `${settings.url}/v1/payments`;
const accountsUrl = `${settings.url}/v1/accounts/`;
const seed = seedOf(settings.seed);
const padding = paddingOf(settings.seed, bodyBytes);
const host: Record<string, string> = settings.hostHeader === undefined ? {} : { Host: settings.hostHeader };
const common = { timeout: settings.timeoutMs, responseType: "text" } as const;
const writeParams = { ...common, headers: { ...host, "Content-Type": "application/json" }, tags: { name: "write" } };
const readParams = { ...common, headers: host, tags: { name: "read" } };

/** Text that nothing on the way makes small by compressing it, from Go: each of the virtual users makes its own at the start. */
function paddingOf(from: string, length: number): string {
  let made = "";
  for (let i = 0; made.length < length; i += 1) made += crypto.sha256(`${from} ${i}`, "hex");
  return made;
}

export function transactionWith(ledger: Ledger): () => void {
  return () => {
    if (!ledger.begin()) return;
    const seq = exec.scenario.iterationInTest;
    const turn = seq % writeEvery;
    if (turn === 0) write(ledger, seq);
    // One read in each turn is an account, as on the page a customer opens; the others ask for a payment that was just promised.
    else if (turn === 1) readAccount(ledger, seq);
    else readPayment(ledger, seq);
  };
}

function write(ledger: Ledger, seq: number): void {
  const payment = paymentOf(seed, seq);
  const id = idPrefix + seq;
  const body = paymentBody(id, payment, padding, bodyBytes);
  const hash = crypto.sha256(body, "hex");
  ledger.intent(seq, payment.amountMinor, payment.from, payment.to, 1, hash.slice(0, 16));
  const response = http.post(payments, body, writeParams);
  const { status } = response;
  const errorCode = errorCodeOf(response);
  // Nobody here sends a write twice: if the service says that it was offered this one more often, something on the way did.
  const again = Number(header(response, "X-Attempt")) > 1;
  if (status >= 200 && status < 300) {
    const answer = parse(response.body);
    if (answer !== null && answer["id"] === id && answer["hash"] === hash && committed(answer, status)) {
      // Region and epoch of the promise itself: a replayed answer tells those of the first time.
      const [region, ack] = [known(text(answer["region"])), again || answer["replay"] === true ? 3 : 1] as const;
      ledger.outcome(seq, status, errorCode, ack, region, epochOf(answer["epoch"]), lsnOf(answer["lsn"]));
      return;
    }
  }
  const ack: Ack = again ? 4 : status >= 400 && header(response, "X-Not-Executed") !== "" ? 2 : 0;
  ledger.outcome(seq, status, errorCode, ack, regionOf(response), epochOf(header(response, "X-Epoch")), 0);
}

function committed(answer: Json, status: number): boolean {
  return answer["committed"] === true || (status === 200 && answer["replay"] === true);
}

function readPayment(ledger: Ledger, seq: number): void {
  const recent = ledger.recent();
  if (recent === "") {
    readAccount(ledger, seq);
    return;
  }
  const of = recent.slice(16);
  const id = idPrefix + of;
  const sentUs = ledger.nowUs();
  const response = http.get(`${payments}/${id}`, readParams);
  const answer = response.status === 200 ? parse(response.body) : null;
  const right = answer !== null && answer["id"] === id && text(answer["hash"]).slice(0, 16) === recent.slice(0, 16);
  recordRead(ledger, seq, sentUs, response, right, Number(of));
}

function readAccount(ledger: Ledger, seq: number): void {
  const { from } = paymentOf(seed, seq);
  const sentUs = ledger.nowUs();
  const response = http.get(accountsUrl + from, readParams);
  const answer = response.status === 200 ? parse(response.body) : null;
  const right = answer !== null && Number(answer["id"]) === from && typeof answer["balanceMinor"] === "number";
  recordRead(ledger, seq, sentUs, response, right, -1);
}

function recordRead(ledger: Ledger, seq: number, sentUs: number, response: Response, right: boolean, of: number): void {
  const ack = right ? 1 : response.status === 404 ? 2 : 0;
  const epoch = epochOf(header(response, "X-Epoch"));
  ledger.read(seq, sentUs, response.status, errorCodeOf(response), ack, regionOf(response), epoch, of);
}

/** Linux's and macOS's numbers for: too many files open (here, in all), no address left, no buffer space. */
const ownTrouble = /^dial: unknown errno (?:24|23|99|49|105|55) /;
const errorCodeOf = ({ error, error_code: code }: Response): number => (ownTrouble.test(error) ? noSocketCode : code);

function parse(body: string | null): Json | null {
  if (body === null) return null;
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Json) : null;
  } catch {
    return null;
  }
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const header = (response: Response, name: string): string => response.headers[name] ?? "";
const regionOf = (response: Response): string => known(header(response, "X-Region"));
/** A Region that is named and is none of the environment's is not the same as none named. */
const known = (region: string): string =>
  region === "" || settings.regions.includes(region)
    ? region
    : (settings.regions.find((one) => one === elsewhere) ?? "");

/** What the system under drill says must fit the row; a value that does not is as good as none. */
function fitting(value: unknown, limit: number): number {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isInteger(number) && number >= 0 && number <= limit ? number : 0;
}
const epochOf = (value: unknown): number => fitting(value, 99_999);
const lsnOf = (value: unknown): number => fitting(value, Number.MAX_SAFE_INTEGER);
