/** How a fault bites, how it ends, who tells of it, and what else ails the service. */
import { honest, second } from "../liar/script.ts";
import type { Trouble } from "../liar/script.ts";
import { isCalm, withTroubles } from "./dimension.ts";
import type { Dimension } from "./dimension.ts";

const kinds = ["slow", "read-only", "shed", "refuse", "hang"] as const;

export const faultDimensions: readonly Dimension[] = [
  {
    // The primary serves again by itself, and the runbook, which is slow now and then, fences a healthy one.
    name: "returns",
    chance: 0.15,
    turn: ({ script, drive }, dice) => {
      if (!drive.failover || script.fault.effect === "none") return null;
      const laterUs = dice.between(0, 3 * second);
      const fault = { ...script.fault, returns: true, lastsUs: dice.between(300_000, 2_500_000) } as const;
      const failover = script.failover.map((step) => ({ ...step, afterUs: step.afterUs + laterUs }));
      return { script: { ...script, fault, failover, detectsAfterUs: dice.between(50_000, 250_000) } };
    },
  },
  {
    // An alarm that foresees the fault: its runbook's fence still comes after it.
    name: "early",
    chance: 0.1,
    turn: ({ script }, dice) => {
      if (script.fault.effect === "none" || script.fault.returns === true) return null;
      const fault = { ...script.fault, bitesAfterUs: dice.between(500_000, 900_000) };
      return { script: { ...script, fault, detectsAfterUs: -dice.between(50_000, 450_000) } };
    },
  },
  {
    name: "bites late",
    chance: 0.12,
    turn: ({ script }, dice) =>
      script.detectsAfterUs < 0
        ? null
        : { script: { ...script, fault: { ...script.fault, bitesAfterUs: dice.between(0, 1_500_000) } } },
  },
  {
    name: "bites in part",
    chance: 0.08,
    turn: ({ script, isSound }, dice) => {
      if (script.fault.effect === "none" || script.fault.returns === true || isSound) return null;
      return { script: { ...script, fault: { ...script.fault, share: dice.one([0.1, 0.4, 0.7]) } }, isUneven: true };
    },
  },
  {
    // An alarm for another reason, and a runbook that fences a healthy primary.
    name: "bites nothing",
    chance: 0.08,
    turn: ({ script, drive, isSound }, dice) => {
      if (!drive.failover || isSound || script.fault.returns === true || script.fault.share !== undefined) return null;
      const fault = { ...script.fault, effect: "none" } as const;
      return { script: { ...script, fault, firesAnywayUs: dice.between(600_000, 2_200_000) } };
    },
  },
  {
    // The clock of those who state when an alarm fired and when a step ended.
    name: "skew",
    chance: 0.15,
    turn: ({ script, drive }, dice) => {
      if (script.wallErrorMs !== honest.wallErrorMs || drive.wallErrorMs !== honest.wallErrorMs) return null;
      const byMs = dice.chance(0.5) ? dice.one([-120, -30, 30, 120]) : dice.between(-1_000, 1_000);
      return { script: { ...script, wallErrorMs: () => byMs } };
    },
  },
  {
    name: "flickering standby",
    chance: 0.15,
    turn: ({ script }, dice) => {
      const standbyFlickers = { afterUs: dice.between(200_000, 1_500_000), lastsUs: dice.between(600_000, 1_500_000) };
      return { script: { ...script, standbyFlickers } };
    },
  },
  {
    // Outages of every kind, of the whole service, about the restoration and after it.
    name: "flaps",
    chance: 0.18,
    turn: (planned, dice) => {
      if (!isCalm(planned)) return null;
      const [kind, count, delayUs] = [dice.one(kinds), 1 + dice.upTo(3), dice.between(330_000, 450_000)];
      const [afterUs, lastsUs] = [dice.between(-1_500_000, 3 * second), dice.between(900_000, 1_800_000)];
      const script = withTroubles(planned.script, ({ restoredUs }) =>
        Array.from({ length: count }, (_, n): Trouble => {
          const fromUs = restoredUs + afterUs + n * (lastsUs + 1_200_000);
          return { kind, delayUs, fromUs, untilUs: fromUs + lastsUs };
        }),
      );
      return { script };
    },
  },
  {
    name: "ailing before",
    chance: 0.12,
    turn: (planned, dice) => {
      if (!isCalm(planned)) return null;
      const [kind, beforeUs] = [dice.one(kinds), dice.between(100_000, 2_500_000)];
      const lastsUs = Math.max(200_000, dice.between(-80_000, 2 * second));
      const script = withTroubles(planned.script, ({ faultUs }) => {
        const fromUs = faultUs - beforeUs;
        return [{ kind, delayUs: 400_000, fromUs, untilUs: fromUs + lastsUs }];
      });
      return { script };
    },
  },
  {
    // One arrival of the load, or two, at a time when nothing else is wrong.
    name: "stray error before",
    chance: 0.12,
    turn: (planned, dice) => {
      if (!isCalm(planned)) return null;
      const [beforeUs, lastsUs] = [dice.between(100_000, 900_000), 60e6 / planned.drive.ratePerMinute];
      const script = withTroubles(planned.script, ({ faultUs }) => {
        const fromUs = faultUs - beforeUs;
        return [{ kind: "shed", fromUs, untilUs: Math.min(faultUs, fromUs + lastsUs), isStray: true }];
      });
      return { script };
    },
  },
  {
    // One or two arrivals more, which a whole window of "restored and held" would allow for; but the load ends before it is whole.
    name: "stray error after",
    chance: 0.12,
    turn: (planned, dice) => {
      const { script, drive } = planned;
      if (!isCalm(planned)) return null;
      const watchUs = dice.between(1_300_000, 3_500_000);
      const kind = dice.one(["refuse", "shed"] as const);
      const afterUs = dice.between(200_000, watchUs);
      const hold = {
        windowMs: 4_000,
        binMs: 1_000,
        p99Ms: 300,
        goodRatio: 0.95,
        binGoodRatio: 0.8,
        capacityRatio: 0.9,
      };
      return {
        script: withTroubles(script, ({ restoredUs }) => {
          const fromUs = restoredUs + afterUs;
          return [{ kind, fromUs, untilUs: fromUs + 40_000, isStray: true }];
        }),
        drive: {
          ...drive,
          ratePerMinute: 1_500,
          writeEvery: 3,
          watchUs,
          settleUs: 0,
          failback: false,
          objectives: { ...drive.objectives, hold },
        },
      };
    },
  },
];
