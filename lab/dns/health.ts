/**
 * How Route 53 decides, as pure functions: what one checker believes after an observation, when many uncoordinated checkers make a
 * Region healthy, and which address a failover record answers with.
 */
import type { RegionName } from "../machinery.ts";

export interface Opinion {
  /** null: this checker has not looked yet. */
  readonly healthy: boolean | null;
  /** Consecutive observations that contradict `healthy`. */
  readonly contradictions: number;
}

export const noOpinion: Opinion = { healthy: null, contradictions: 0 };

/** A checker changes its mind after `threshold` consecutive contradictions; its first look settles what it starts from. */
export function observe(opinion: Opinion, good: boolean, threshold: number): Opinion {
  if (opinion.healthy === null || opinion.healthy === good) return { healthy: good, contradictions: 0 };
  const contradictions = opinion.contradictions + 1;
  return contradictions >= threshold ? { healthy: good, contradictions: 0 } : { ...opinion, contradictions };
}

/** AWS: "if more than 18 % of health checkers report that an endpoint is healthy, Route 53 considers it healthy". */
const healthyShare = 0.18;

/** null while no checker has looked. */
export function isHealthy(opinions: readonly Opinion[]): boolean | null {
  const said = opinions.filter((opinion) => opinion.healthy !== null);
  if (said.length === 0) return null;
  return said.filter((opinion) => opinion.healthy === true).length / said.length > healthyShare;
}

export interface Candidate {
  readonly region: RegionName;
  readonly control: "On" | "Off";
  readonly healthy: boolean | null;
}

/**
 * The failover record's answer, candidates in order of preference: the first that is On and not known unhealthy; if none is healthy
 * the first that is On (fail open); and with every control Off the first of all, for Route 53 never answers with nothing.
 */
export function choose(candidates: readonly Candidate[]): RegionName | null {
  const on = candidates.filter((candidate) => candidate.control === "On");
  const chosen = on.find((candidate) => candidate.healthy !== false) ?? on[0] ?? candidates[0];
  return chosen?.region ?? null;
}
