/** A history that was played: the script, what really happened, and what there was to be seen of it. */
import type { Course } from "../drive/harness.ts";
import type { PlayedArrival } from "../drive/load.ts";
import type { DriveOptions } from "../drive/options.ts";
import type { Payment, Trouble } from "../liar/script.ts";
import type { Truth } from "../liar/truth.ts";
import type { History } from "./plan.ts";

export interface Played {
  readonly history: History;
  readonly truth: Truth;
  readonly course: Course;
  readonly drive: DriveOptions;
  /** All payments of the witnesses that are there in either of the two final readings. */
  readonly stored: readonly Payment[];
  /** Both of them have the same ones. */
  readonly seenTwice: boolean;
  /** Those that are there in the second of them. */
  readonly seenAgain: ReadonlySet<string>;
  readonly troubles: readonly Trouble[];
  /** What the load asked for and was told. */
  readonly arrivals: readonly PlayedArrival[];
  /** Money was put on an account by hand. */
  readonly skewed: boolean;
  /** Ids that were there in only one of the two final readings. */
  readonly vanished: ReadonlySet<string>;
  readonly returned: ReadonlySet<string>;
}
