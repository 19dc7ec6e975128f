/**
 * What the RTO is made of (docs/measuring.md §5): the chain of instants from the fault to the restored service, each step waiting for the one
 * before. Steps that ran beside the chain, or were over after the service was back, are not on it. The steps are differences of the same
 * instants, so their sum holds the RTO; it is only as wide as the clocks between the two ends are uncertain.
 */
import type { ClockId, ClockRow } from "./clock-table.ts";
import { between, latest } from "./interval.ts";
import type { Interval } from "./interval.ts";

export type PathStepName = "detect" | "decide" | "promote" | "route" | "scale" | "settle";

export interface PathStep {
  readonly name: PathStepName;
  readonly from: ClockId;
  readonly to: ClockId;
  /** µs */
  readonly took: Interval;
}

export interface CriticalPath {
  readonly steps: readonly PathStep[];
  /** µs; holds the RTO. */
  readonly sum: Interval;
}

interface Node {
  readonly name: PathStepName;
  readonly clock: ClockId;
  readonly at: Interval;
}

type Clocks = (id: ClockId) => Interval | null;

export const clocksOf =
  (rows: readonly ClockRow[]): Clocks =>
  (id) =>
    rows.find((row) => row.id === id)?.at ?? null;

const earliest = (a: Interval, b: Interval): Interval => ({
  lo: Math.min(a.lo, b.lo),
  hi: a.hi === null ? b.hi : b.hi === null ? a.hi : Math.min(a.hi, b.hi),
});

const before = (a: Interval, b: Interval): boolean => a.hi !== null && a.hi < b.lo;

/** null: the service was not restored, or nobody knows when the fault took effect. */
export function criticalPath(clock: Clocks): CriticalPath | null {
  const [fault, restored] = [clock("C1"), clock("C11")];
  if (fault === null || restored === null || restored.hi === null) return null;
  const steps: PathStep[] = [];
  let from: { readonly clock: ClockId; readonly at: Interval } = { clock: "C1", at: fault };
  const take = ({ name, clock: to, at }: Node): void => {
    // In this order they happened, so none can be earlier than the one before it, nor later than the end.
    const placed = earliest(latest(from.at, at), restored);
    steps.push({ name, from: from.clock, to, took: between(from.at, placed) });
    from = { clock: to, at: placed };
  };
  // What was certainly over before the chain got there, or certainly not before the service was back, kept nobody waiting.
  const waitedFor = (node: Node | null): node is Node =>
    node !== null && !before(node.at, from.at) && !before(restored, node.at);
  for (const one of ["detect", "decide", "promote"] as const) {
    const reached = nodeOf(clock, one);
    if (waitedFor(reached)) take(reached);
  }
  const moved = lastOf([nodeOf(clock, "route"), nodeOf(clock, "scale")].filter(waitedFor));
  if (moved !== null) take(moved);
  take({ name: "settle", clock: "C11", at: restored });
  const sum = steps.reduce((total, { took }) => ({ lo: total.lo + took.lo, hi: (total.hi ?? 0) + (took.hi ?? 0) }), {
    lo: 0,
    hi: 0,
  });
  return { steps, sum };
}

const ends = { detect: "C3", decide: "C4", promote: "C5", route: "C8", scale: "C9" } as const;

function nodeOf(clock: Clocks, name: keyof typeof ends): Node | null {
  const at = clock(ends[name]);
  return at === null || at.hi === null ? null : { name, clock: ends[name], at };
}

/** Routing and scaling go side by side: the later one is waited for. */
function lastOf(nodes: readonly Node[]): Node | null {
  const [last] = [...nodes].sort((a, b) => (b.at.hi ?? 0) - (a.at.hi ?? 0));
  return last === undefined ? null : { ...last, at: nodes.map(({ at }) => at).reduce(latest) };
}

/** The RTO by other beginnings and ends (docs/measuring.md §5): the most that the fault can be blamed for, and until the service may be trusted. */
export function otherSpans(clock: Clocks): readonly { readonly name: string; readonly took: Interval }[] {
  const spans = [
    ["from the command of the fault", clock("C0"), clock("C11")],
    ["until the data was verified", clock("C1"), clock("C12")],
  ] as const;
  return spans.flatMap(([name, from, to]) =>
    from === null || to === null || to.hi === null ? [] : [{ name, took: between(from, to) }],
  );
}

/** Effects that certainly came before their causes: then one of these clocks is wrong, and nobody knows which. */
export function outOfOrder(clock: Clocks): string[] {
  const pairs = [
    ["C0", "fault commanded", "C3", "detected"],
    ["C0", "fault commanded", "C4", "decided"],
    ["C3", "detected", "C4", "decided"],
    ["C4", "decided", "C5", "promoted"],
    ["C4", "decided", "C6", "old primary fenced"],
    ["C4", "decided", "C7", "route changed"],
    ["C4", "decided", "C12", "data verified"],
  ] as const;
  return pairs.flatMap(([cause, causeName, effect, effectName]) => {
    const [first, second] = [clock(cause), clock(effect)];
    if (first === null || second === null || !before(second, first)) return [];
    const early = ((first.lo - (second.hi ?? 0)) / 1e6).toFixed(3);
    return [`"${effectName}" (${effect}) stands at least ${early} s before "${causeName}" (${cause})`];
  });
}
