/** What the harness tells a k6 script, by environment variables. */

export interface Settings {
  readonly url: string;
  /** Host header to send, when the url is not the service's own (see src/load/forwarder.ts). */
  readonly hostHeader: string | undefined;
  readonly idPrefix: string;
  readonly seed: string;
  readonly regions: readonly string[];
  readonly ratePerMinute: number;
  readonly writeEvery: number;
  readonly bodyBytes: number;
  readonly timeoutMs: number;
  readonly vus: number;
  readonly dnsTtlSeconds: number;
  readonly durationSeconds: number;
}

function text(name: string): string {
  const value = __ENV[name];
  if (value === undefined || value === "") throw new Error(`${name} is not set; the harness sets it (src/load/k6.ts)`);
  return value;
}

function positive(name: string): number {
  const value = Number(text(name));
  if (!(value > 0)) throw new Error(`${name} is "${text(name)}", not a positive number`);
  return value;
}

export const settings: Settings = {
  url: text("DRILL_URL").replace(/\/$/, ""),
  hostHeader: __ENV["DRILL_HOST_HEADER"],
  idPrefix: text("DRILL_ID_PREFIX"),
  seed: text("DRILL_SEED"),
  regions: text("DRILL_REGIONS").split(","),
  ratePerMinute: positive("DRILL_RATE_PER_MINUTE"),
  writeEvery: positive("DRILL_WRITE_EVERY"),
  bodyBytes: positive("DRILL_BODY_BYTES"),
  timeoutMs: positive("DRILL_TIMEOUT_MS"),
  vus: positive("DRILL_VUS"),
  dnsTtlSeconds: positive("DRILL_DNS_TTL_SECONDS"),
  durationSeconds: positive("DRILL_DURATION_SECONDS"),
};
