/** A Probe: a periodic observation from outside; one per file in probes/<name>.probe.ts. */
import type { Endpoints, Replication } from "./environment.ts";

export interface ProbeContext {
  readonly endpoints: Endpoints;
  readonly signal: AbortSignal;
  /** The phase the drill is in, for probes that act once a phase (the browser journey). */
  readonly phase: string;
  /** Ids of this run start with this; a probe that writes uses it so that its rows are known as ours. */
  readonly idPrefix: string;
  /** Folder for files that the probe keeps as evidence (screenshots); names relative to the run folder go into `files`. */
  readonly keepFile: (name: string, bytes: Uint8Array) => Promise<string>;
  /** Resolve a host name through the environment's name server, honouring the record's TTL. */
  readonly resolve: (hostname: string) => Promise<{ readonly address: string; readonly ttlSeconds: number }>;
  readonly replication: () => Promise<Replication>;
}

/** What one observation says. A thrown error is `ok: false` with its message. */
export interface Observation {
  readonly ok: boolean;
  readonly status?: number;
  readonly error?: string;
  readonly ip?: string;
  /** Region that answered, when the answer says so. */
  readonly region?: string;
  readonly epoch?: number;
  readonly detail?: Readonly<Record<string, string | number | boolean | null>>;
  readonly files?: readonly string[];
}

export interface Probe {
  readonly name: string;
  readonly title: string;
  /** customer: through DNS; inside-primary / inside-secondary: the Region's fixed address; dns; replication; journey (browser); fence (writes to the old primary's fixed address once failover has begun). */
  readonly kind: "customer" | "inside-primary" | "inside-secondary" | "dns" | "replication" | "journey" | "fence";
  /**
   * What kind of customer it is: "fresh" (the default) asks DNS again and opens a new connection each time, and is what the service is judged
   * by; "sticky" keeps its address and its connection as long as it can. How much longer a sticky one was without service is disclosed.
   */
  readonly persona?: "fresh" | "sticky";
  /** "once-a-phase": observed once in each of before, during and after. */
  readonly every: { readonly intervalMs: number } | "once-a-phase";
  readonly timeoutMs: number;
  /** Holds what a probe keeps between observations (an HTTP agent, a browser); closed at the end. */
  readonly open?: (
    context: ProbeContext,
  ) => Promise<AsyncDisposable & { observe(context: ProbeContext): Promise<Observation> }>;
  readonly observe?: (context: ProbeContext) => Promise<Observation>;
}

export function defineProbe(probe: Probe): Probe {
  return probe;
}
