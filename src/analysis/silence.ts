/** An instrument that was not looking saw nothing, which is not the same as having seen that all was well. */

export interface Watch {
  readonly fromUs: number;
  readonly untilUs: number;
}

/** µs: the longest time without a look, of those at `looks`, while it was to watch: also before the first and after the last. */
export function longestSilence(looks: readonly number[], { fromUs, untilUs }: Watch): number {
  let longest = 0;
  let before = fromUs;
  for (const us of [...looks.toSorted((a, b) => a - b), untilUs]) {
    if (us <= before) continue;
    longest = Math.max(longest, Math.min(us, untilUs) - before);
    before = us;
  }
  return longest;
}
