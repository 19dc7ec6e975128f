/**
 * What a liar is told to do: a two-Region payments system that keeps docs/system-contract.md as far as its script allows, and breaks it
 * where the script says so. Times are whole microseconds on the run's axis, or durations in microseconds.
 */

export const regionNames = ["us-east-1", "eu-west-1"] as const;
/** Where no payment may be: a Region that the environment does not name. */
export const forbiddenRegion = "ap-south-1";
export const second = 1_000_000;

/** A payment as the liar keeps it: what it was asked, what it did, what it answered. The truth of a drill is the list of these. */
export interface Payment {
  readonly id: string;
  readonly body: string;
  readonly hash: string;
  readonly from: number;
  readonly to: number;
  readonly amountMinor: number;
  /** 0 = primary, 1 = secondary. */
  readonly region: number;
  readonly epoch: number;
  /** Name of the Region that the answer told. */
  readonly servedBy: string;
  readonly lsn: number;
  readonly sentUs: number;
  /** +∞: it was never written anywhere. */
  readonly committedUs: number;
  /** When the promise reached the client; null: it got none. */
  ackedUs: number | null;
  /** The client was told that nothing was done. */
  refused: boolean;
  /** How often the liar was offered this id. */
  offers: number;
  /** On the volume of the primary and of the secondary Region. */
  readonly on: [boolean, boolean];
  /** Acknowledged, and not on the volume that was promoted. */
  lost: boolean;
  replayed: boolean;
  /** As it is stored; a tamper changes these. */
  copies: number;
  /** A replay stored what had never been lost once more: that row stands before its own, or after it. */
  replayedCopy: "before" | "after" | null;
  storedBody: string;
  storedFrom: number;
  debits: number;
  credits: number;
  storedRegion: string;
}

/** What a liar does with one write instead of what the contract says. */
export type WriteLie =
  /** Done, and never answered. */
  | "swallow"
  /** Done, and answered as not executed. */
  | "refuse-and-do"
  /** Acknowledged, and never done. */
  | "promise-only"
  /** Served and stored by a Region that is not permitted. */
  | "elsewhere"
  /** Something on the way offers it twice. */
  | "offered-twice";

/** Tells one lie about these payments. */
export const lieAbout =
  (ids: readonly string[], lie: WriteLie): LiarScript["onWrite"] =>
  (_n, id) =>
    ids.includes(id) ? lie : null;

/** A time in which customers are not served as they should be, whichever Region serves. */
export interface Trouble {
  readonly fromUs: number;
  readonly untilUs: number;
  readonly kind: "refuse" | "hang" | "shed" | "slow" | "read-only";
  /** Of the customers' requests, 0..1; all of them unless given. */
  readonly share?: number;
  /** For "slow". */
  readonly delayUs?: number;
  /** So short that "restored and held" allows for it. */
  readonly isStray?: true;
}

export type StepEffect = "close" | "fence" | "promote" | "route" | "open" | "salvage" | "rebuild" | "switch-back";

export interface StepScript {
  readonly step: string;
  readonly action: string;
  /** From the start of the runbook. */
  readonly afterUs: number;
  readonly takesUs: number;
  readonly effect?: StepEffect;
  /** It fails with this message, and the runbook ends there. */
  readonly fails?: string;
}

export interface FaultScript {
  /** "none": reports success and does nothing. "refuse": connections are refused at once. "hang": nothing is answered. */
  readonly effect: "none" | "refuse" | "hang";
  readonly bitesAfterUs: number;
  readonly lastsUs: number;
  readonly actions: readonly { readonly name: string; readonly actionId: string }[];
  /** The primary serves again from its end to its fence, as if nothing had been. */
  readonly returns?: true;
  /** Of the requests, 0..1: the others the primary serves on, until it is fenced; it hits all of them unless given. */
  readonly share?: number;
  /** FIS says that its actions failed, with this reason. */
  readonly failed?: string;
}

/** When the things happened that make up the drill; +∞: never. */
export interface Moments {
  readonly faultUs: number;
  readonly faultEndsUs: number;
  readonly alarmUs: number;
  readonly fencedUs: number;
  readonly promotedUs: number;
  readonly routedUs: number;
  readonly openUs: number;
  readonly salvagedUs: number;
  readonly rebuiltUs: number;
  /** From when on the primary Region serves again, in an epoch of its own. */
  readonly switchedUs: number;
  /** From when on customers reach a Region that serves. */
  readonly restoredUs: number;
}

export interface LiarScript {
  readonly seed: number;
  readonly accounts: number;
  readonly openingMinor: number;
  /** Wall clock at the run's epoch, ms. */
  readonly epochWallMs: number;
  /** How far the liar's own wall clock is off, ms, at an instant of the run. */
  readonly wallErrorMs: (us: number) => number;
  readonly latencyUs: number;
  readonly jitterUs: number;
  readonly fault: FaultScript;
  /** The alarm fires so long after the primary stopped serving; negative: it foresaw it. */
  readonly detectsAfterUs: number;
  /** It fires for another reason, so long after the fault was commanded; null: it does not. */
  readonly firesAnywayUs: number | null;
  readonly failover: readonly StepScript[];
  readonly failback: readonly StepScript[];
  readonly lagMs: number;
  /** A standby streams for so long, so long after the fault, and is gone again. */
  readonly standbyFlickers: { readonly afterUs: number; readonly lastsUs: number } | null;
  /** The write epoch that a Region (0 = primary) states. */
  readonly epochOf: (region: 0 | 1, us: number, moments: Moments) => number;
  /** Which of the acknowledged payments the standby had not received when the primary died; in the order of their commits. */
  readonly lose: (acked: readonly Payment[], moments: Moments) => readonly Payment[];
  /** How many of the lost ones the salvage does not find (the newest). */
  readonly unsalvaged: number;
  /** `n`: how many writes customers had asked for before. */
  readonly onWrite: (n: number, id: string) => WriteLie | null;
  readonly troubles: (moments: Moments) => readonly Trouble[];
  /** Reads do not see what was committed less than `byUs` ago. */
  readonly stale: (
    moments: Moments,
  ) => { readonly fromUs: number; readonly untilUs: number; readonly byUs: number } | null;
  /** Customers whose requests still reach the old primary, which still acknowledges: from so long after the promotion, for so long. */
  readonly oldWriter: { readonly afterUs: number; readonly lastsUs: number; readonly share: number } | null;
  /** How many writes of the fence probe the old primary accepts after the promotion. */
  readonly fenceAccepts: number;
  /** Changes what is stored once before the first final reading, and once more between it and the second. */
  readonly tamper: (volume: Tampering) => void;
  readonly tamperAgain: (volume: Tampering) => void;
}

/** Hands on what is stored. */
export interface Tampering {
  /** What the serving Region holds, in the order of the commits. */
  readonly stored: () => Payment[];
  readonly remove: (payment: Payment) => void;
  /** Puts back what is not there. */
  readonly restore: (payment: Payment) => void;
  readonly lostOnes: () => Payment[];
  /** Rows that no client of the drill asked for. */
  readonly insert: (row: {
    readonly id: string;
    readonly from: number;
    readonly to: number;
    readonly amountMinor: number;
  }) => void;
  readonly addToBalance: (account: number, amountMinor: number) => void;
}

const failoverSteps: readonly StepScript[] = [
  { step: "CloseFlow", action: "aws:executeAwsApi", afterUs: 100_000, takesUs: 100_000, effect: "close" },
  { step: "Fence", action: "aws:invokeLambdaFunction", afterUs: 250_000, takesUs: 200_000, effect: "fence" },
  { step: "Promote", action: "aws:executeAwsApi", afterUs: 500_000, takesUs: 800_000, effect: "promote" },
  { step: "Route", action: "aws:executeAwsApi", afterUs: 1_350_000, takesUs: 150_000, effect: "route" },
  { step: "ScaleOut", action: "aws:executeAwsApi", afterUs: 1_520_000, takesUs: 200_000 },
  { step: "OpenFlow", action: "aws:executeAwsApi", afterUs: 1_750_000, takesUs: 100_000, effect: "open" },
  { step: "Verify", action: "aws:invokeLambdaFunction", afterUs: 1_900_000, takesUs: 400_000 },
];
const failbackSteps: readonly StepScript[] = [
  { step: "BringBackFenced", action: "aws:executeAwsApi", afterUs: 100_000, takesUs: 200_000 },
  { step: "Salvage", action: "aws:invokeLambdaFunction", afterUs: 350_000, takesUs: 300_000, effect: "salvage" },
  { step: "Rebuild", action: "aws:executeAwsApi", afterUs: 700_000, takesUs: 500_000, effect: "rebuild" },
];

/** Every promotion begins the next one. */
const epochOf: LiarScript["epochOf"] = (region, us, { switchedUs }) => (region === 1 ? 2 : us < switchedUs ? 1 : 3);

/** A liar that does not lie: a sound failover after a Region was cut off, with nothing lost. */
export const honest: LiarScript = {
  seed: 1,
  accounts: 50,
  openingMinor: 10_000_000,
  epochWallMs: 1_790_000_000_123,
  wallErrorMs: () => 0,
  latencyUs: 6_000,
  jitterUs: 6_000,
  fault: {
    effect: "refuse",
    bitesAfterUs: 60_000,
    lastsUs: 3600 * second,
    actions: [
      { name: "cut-customers", actionId: "aws:network:disrupt-connectivity" },
      { name: "stop-primary", actionId: "aws:ec2:stop-instances" },
    ],
  },
  detectsAfterUs: second,
  firesAnywayUs: null,
  failover: failoverSteps,
  failback: failbackSteps,
  lagMs: 120,
  standbyFlickers: null,
  epochOf,
  lose: () => [],
  unsalvaged: 0,
  onWrite: () => null,
  troubles: () => [],
  stale: () => null,
  oldWriter: null,
  fenceAccepts: 0,
  tamper: () => {},
  tamperAgain: () => {},
};
