/**
 * What really happened in the lab and when, for tests that check what a drill concluded. CLOCK_MONOTONIC is shared by all
 * processes of a host, so an observer here can compare with his own clock without guessing an offset.
 */
export type Detail = Readonly<Record<string, string | number | boolean | null>>;

export interface TruthEvent {
  readonly seq: number;
  readonly monoNs: string;
  readonly wallMs: number;
  readonly event: string;
  readonly detail: Detail;
}

const bound = 20_000;

export interface TruthLog {
  record(event: string, detail?: Detail, monoNs?: string): void;
  events(): readonly TruthEvent[];
}

export function truthLog(): TruthLog {
  const events: TruthEvent[] = [];
  let seq = 0;
  return {
    record(event, detail = {}, monoNs = process.hrtime.bigint().toString()) {
      seq += 1;
      events.push({ seq, monoNs, wallMs: Date.now(), event, detail });
      if (events.length > bound) events.shift();
    },
    events: () => events,
  };
}
