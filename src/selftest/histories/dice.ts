/** Everything random about a history comes from its seed. */
import { randomOf } from "../random.ts";

export interface Dice {
  readonly random: () => number;
  readonly chance: (probability: number) => boolean;
  readonly upTo: (limit: number) => number;
  readonly between: (least: number, most: number) => number;
  readonly one: <Value>(of: readonly Value[]) => Value;
}

export function diceOf(seed: number): Dice {
  const random = randomOf(Math.imul(seed, 0x9e3779b1) + 7);
  const upTo = (limit: number): number => Math.floor(random() * limit);
  return {
    random,
    upTo,
    chance: (probability) => random() < probability,
    between: (least, most) => Math.round(least + random() * (most - least)),
    one: (of) => {
      const value = of[upTo(of.length)];
      if (value === undefined) throw new Error("nothing to choose from");
      return value;
    },
  };
}
