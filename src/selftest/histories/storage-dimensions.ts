/** What becomes of the rows: between the readings, at the failback, and by what else has a hand in them. */
import type { Payment, Tampering } from "../liar/script.ts";
import { isWitnessed } from "../liar/truth.ts";
import type { Dimension, Planned } from "./dimension.ts";

/** Beside what is done to the rows anyway. */
function alsoTampering({ script }: Planned, more: (volume: Tampering) => void): Planned["script"] {
  const before = script.tamper;
  return {
    ...script,
    tamper: (volume) => {
      before(volume);
      more(volume);
    },
  };
}

const isPromised = (row: Payment): boolean => isWitnessed(row) && row.ackedUs !== null;

export const storageDimensions: readonly Dimension[] = [
  {
    // Writes of which no client knows the end come, or go, between the two last readings.
    name: "late unknown",
    chance: 0.12,
    turn: (planned, dice) => {
      const comes = dice.chance(0.5);
      let held: readonly Payment[] = [];
      const script = alsoTampering(planned, (volume) => {
        const unknown = volume.stored().filter((row) => isWitnessed(row) && row.ackedUs === null && !row.refused);
        held = unknown.slice(0, 3);
        if (comes) held.forEach(volume.remove);
      });
      const again = script.tamperAgain;
      return {
        script: {
          ...script,
          tamperAgain: (volume) => {
            again(volume);
            held.forEach(comes ? volume.restore : volume.remove);
          },
        },
      };
    },
  },
  {
    // The new Region's own promises, which the failback loses.
    name: "lost at failback",
    chance: 0.12,
    turn: (planned, dice) => {
      if (planned.isSound) return null;
      const [count, at] = [1 + dice.upTo(4), dice.upTo(10)];
      const script = alsoTampering(planned, (volume) => {
        const fresh = volume.stored().filter((row) => row.region === 1 && isPromised(row));
        fresh.slice(at, at + count).forEach(volume.remove);
      });
      return { script };
    },
  },
  {
    // Rows of this run that none of its witnesses asked for.
    name: "ghosts",
    chance: 0.12,
    turn: (planned, dice) => {
      if (planned.isSound) return null;
      const [count, letter] = [dice.one([1, 3, 50]), dice.one(["x", "f", "c"])];
      const script = alsoTampering(planned, (volume) => {
        for (let n = 0; n < count; n++)
          volume.insert({ id: `${planned.drive.run}.${letter}.ghost-${n}`, from: 3, to: 30, amountMinor: 999 });
      });
      return { script };
    },
  },
  {
    // A replay stores what had never been lost a second time.
    name: "replayed twice",
    chance: 0.12,
    turn: (planned, dice) => {
      if (planned.isSound) return null;
      const [count, at, replayedCopy] = [1 + dice.upTo(3), dice.upTo(40), dice.one(["before", "after"] as const)];
      const script = alsoTampering(planned, (volume) => {
        const kept = volume.stored().filter((row) => isPromised(row) && !row.lost && row.copies === 1);
        for (const row of kept.slice(at, at + count)) Object.assign(row, { copies: 2, replayedCopy });
      });
      return { script };
    },
  },
];
