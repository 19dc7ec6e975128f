/** One thing more that may be so of a random drill. */
import type { DriveOptions } from "../drive/options.ts";
import { honest } from "../liar/script.ts";
import type { LiarScript } from "../liar/script.ts";
import type { Dice } from "./dice.ts";

/** What a dimension changes. */
export interface Planned {
  readonly script: LiarScript;
  readonly drive: DriveOptions;
  /** Customers are served so unevenly that nobody can say when they were served well again. */
  readonly isUneven: boolean;
  /** Nothing is to be planted in it but what makes it hard to see. */
  readonly isSound: boolean;
}

export interface Dimension {
  readonly name: string;
  readonly chance: number;
  /** null: it does not go with the rest of this drill. */
  readonly turn: (planned: Planned, dice: Dice) => Partial<Planned> | null;
}

/** More times in which customers are not served as they should be. */
export function withTroubles(script: LiarScript, more: LiarScript["troubles"]): LiarScript {
  const before = script.troubles;
  return { ...script, troubles: (moments) => [...before(moments), ...more(moments)] };
}

/** Nobody has drawn any, so that it is known when customers are served well. */
export const isCalm = ({ script, isUneven }: Planned): boolean => script.troubles === honest.troubles && !isUneven;
