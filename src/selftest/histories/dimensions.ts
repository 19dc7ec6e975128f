/**
 * What else may be so of a random drill, each by a throw of its own: a wrong verdict can be traced to the few that it
 * needs, since the others stay as they are when one is turned off. Some plant a defect, others only make it harder to see what happened.
 */
import { clientDimensions } from "./client-dimensions.ts";
import { diceOf } from "./dice.ts";
import type { Dimension, Planned } from "./dimension.ts";
import { faultDimensions } from "./fault-dimensions.ts";
import { storageDimensions } from "./storage-dimensions.ts";
import { writerDimensions } from "./writer-dimensions.ts";

/** In this order: the later ones see what the earlier ones did. */
export const dimensions: readonly Dimension[] = [
  ...faultDimensions,
  ...clientDimensions,
  ...writerDimensions,
  ...storageDimensions,
];

/** Of the drills, so many are as plain as they were drawn: of the sound ones more, so that enough of them can pass. */
const plain = { sound: 0.4, others: 0.1 } as const;

/** `among`: only these may be on; null: any. */
export function turned(
  seed: number,
  planned: Planned,
  among: ReadonlySet<string> | null,
): { readonly planned: Planned; readonly on: readonly string[] } {
  const on: string[] = [];
  let now = planned;
  if (diceOf(seed + 4_000_037).chance(planned.isSound ? plain.sound : plain.others)) return { planned, on };
  for (const [n, { name, chance, turn }] of dimensions.entries()) {
    const dice = diceOf(seed * 64 + n + 3);
    if (!dice.chance(chance) || among?.has(name) === false) continue;
    const change = turn(now, dice);
    if (change === null) continue;
    on.push(name);
    now = { ...now, ...change };
  }
  return { planned: now, on };
}
