/** Who writes, and in which epoch: what tells the old primary from the new one. */
import { honest, second } from "../liar/script.ts";
import type { LiarScript } from "../liar/script.ts";
import type { Dice } from "./dice.ts";
import type { Dimension, Planned } from "./dimension.ts";

/** In most drills that are not to be sound the old primary goes on accepting, so that there is something to be told apart. */
function withOldWriter({ script, isSound }: Planned, dice: Dice, epochOf: LiarScript["epochOf"]): LiarScript {
  if (isSound) return { ...script, epochOf };
  const late = { afterUs: dice.between(0, 700_000), lastsUs: dice.between(20_000, 2 * second), share: 0.5 };
  return {
    ...script,
    epochOf,
    fenceAccepts: dice.chance(0.6) ? 1 + dice.upTo(4) : script.fenceAccepts,
    oldWriter: dice.chance(0.4) ? late : script.oldWriter,
  };
}

const inBaseline = ({ drive }: Planned, dice: Dice): number => drive.loadStartUs + dice.between(300_000, 1_500_000);

export const writerDimensions: readonly Dimension[] = [
  {
    // Both Regions acknowledge in the same epoch: that of a promotion inside the primary Region, or because both believe they were promoted.
    name: "equal epochs",
    chance: 0.09,
    turn: (planned, dice) => {
      const [isBefore, promotedUs] = [dice.chance(0.5), inBaseline(planned, dice)];
      return {
        script: withOldWriter(planned, dice, (region, us, moments) => {
          if (region === 1) return 2;
          if (us >= moments.switchedUs) return 3;
          return us < (isBefore ? promotedUs : moments.promotedUs) ? 1 : 2;
        }),
      };
    },
  },
  {
    // A promotion inside the primary Region in the baseline: the old writer's is not the lowest epoch.
    name: "promoted before",
    chance: 0.09,
    turn: (planned, dice) => {
      if (planned.script.epochOf !== honest.epochOf) return null;
      const promotedUs = inBaseline(planned, dice);
      return {
        script: withOldWriter(planned, dice, (region, us, { switchedUs }) =>
          region === 1 ? 3 : us >= switchedUs ? 4 : us < promotedUs ? 1 : 2,
        ),
      };
    },
  },
  {
    // The failback makes the primary Region the writer again.
    name: "switch back",
    chance: 0.18,
    turn: ({ script, drive }, dice) => {
      if (!drive.failback || !drive.failover) return null;
      const step = { step: "SwitchBack", action: "aws:executeAwsApi", afterUs: 1_300_000, takesUs: 150_000 } as const;
      return {
        script: { ...script, failback: [...script.failback, { ...step, effect: "switch-back" }] },
        drive: { ...drive, settleUs: drive.settleUs + dice.between(0, 2 * second) },
      };
    },
  },
];
